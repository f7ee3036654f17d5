"""Nothing is changed on behalf of another site.

A browser that is signed in by Basic auth sends the password with everything that any page makes it ask
for, and a form needs nobody's leave to be posted to another site.
"""

from __future__ import annotations

import json

from starlette.datastructures import Headers

from momoshtrem.faces.api.errors import CODES
from momoshtrem.faces.http import App, Receive, Scope, Send, respond

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWN = frozenset({"same-origin", "none"})
REFUSED = json.dumps(
    {
        "error": {
            "code": CODES[403],
            "message": "The request comes from a page of another site, which may not change anything here.",
        }
    }
).encode()


class OwnOrigin:
    """Answers 403 to a request that would change something and comes from another site's page.

    Browsers say so in `Sec-Fetch-Site` (W3C Fetch Metadata), older ones in `Origin` (RFC 6454); others than
    browsers send neither and are let through.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE or is_own(Headers(scope=scope)):
            await self._app(scope, receive, send)
        else:
            await respond(send, 403, [("content-type", "application/json")], REFUSED)


def is_own(headers: Headers) -> bool:
    """Whether the request comes from our own page, or from no page at all."""
    if site := headers.get("sec-fetch-site"):
        return site in OWN
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")
