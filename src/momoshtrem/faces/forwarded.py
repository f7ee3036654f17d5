"""What a reverse proxy tells of the requests that it passes on: who asks, and under which address.

`X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix` are believed when a trusted proxy sends them; anyone else
can write there what they like. docs/proxy.md says how to make a proxy send them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from momoshtrem.faces.http import App, Receive, Scope, Send

Network = IPv4Network | IPv6Network

HOST = re.compile(r"(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.ASCII | re.IGNORECASE)
PREFIX = re.compile(r"(?:/[\w.~-]+)+", re.ASCII)


class Forwarded:
    """Puts what trusted proxies tell where ASGI has it: `client`, `scheme`, `root_path`, the Host header.

    The path begins with the prefix afterwards, whether the proxy has cut that off or not. So a prefix that is
    also the name of a folder of ours, or `/api`, has to be left on by the proxy.
    """

    def __init__(self, app: App, trusted: Iterable[Network]) -> None:
        self._app = ProxyHeadersMiddleware(app, [str(network) for network in trusted])  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if client := scope.get("client"):
            # An IPv4 address that reached a socket of IPv6.
            scope["client"] = host, _ = client[0].removeprefix("::ffff:"), client[1]
            if host in self._app.trusted_hosts:
                _take_host(scope)
                _take_prefix(scope)
        await self._app(scope, receive, send)  # type: ignore[arg-type]


def external_url(scope: Scope) -> str:
    """`scheme://host[:port]/prefix` of the server as the client sees it, without a slash at its end."""
    host = _header(scope, b"host")
    if not HOST.fullmatch(host):
        name, port = scope["server"]
        host = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
    return f"{scope['scheme']}://{host}{scope.get('root_path', '')}"


def _take_host(scope: Scope) -> None:
    host = _header(scope, b"x-forwarded-host")
    if HOST.fullmatch(host):
        others = [header for header in scope["headers"] if header[0] != b"host"]
        scope["headers"] = [*others, (b"host", host.encode())]


def _take_prefix(scope: Scope) -> None:
    prefix = _header(scope, b"x-forwarded-prefix").rstrip("/")
    if PREFIX.fullmatch(prefix):
        if not f"{scope['path']}/".startswith(f"{prefix}/"):
            scope["path"] = prefix + scope["path"]
            scope["raw_path"] = prefix.encode() + scope["raw_path"]
        scope["root_path"] = prefix


def _header(scope: Scope, wanted: bytes) -> str:
    """The first of the values, or "": each proxy on the way adds one."""
    values = (value for name, value in scope["headers"] if name == wanted)
    return next(values, b"").decode("latin-1").partition(",")[0].strip()
