from __future__ import annotations

import pytest
from starlette.exceptions import HTTPException

from momoshtrem.faces.api.limit import BodyLimit
from momoshtrem.faces.http import Message, Receive, Scope, Send

LIMIT = 10


class Sender:
    """Sends the chunks of a body, one for each message."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = list(chunks)

    async def receive(self) -> Message:
        body = self.chunks.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(self.chunks)}


async def read(sender: Sender, announced: str | None = None, path: str = "/prefix/movies") -> bytes:
    """The body that an app gets behind the limit."""
    body = b""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal body
        more = True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]

    async def send(message: Message) -> None:
        raise AssertionError("the limit answers nothing itself")

    headers = [(b"content-length", announced.encode())] if announced else []
    scope = {"type": "http", "path": path, "root_path": "/prefix", "headers": headers}
    await BodyLimit(app, LIMIT, {"/import": 2 * LIMIT})(scope, sender.receive, send)
    return body


@pytest.mark.parametrize("announced", [None, "10", "nonsense"])
async def test_a_body_up_to_the_limit_comes_whole(announced: str | None) -> None:
    assert await read(Sender(b"12345", b"67890"), announced) == b"1234567890"


async def test_one_byte_more_is_refused() -> None:
    sender = Sender(b"12345", b"67890", b"1", b"never read")
    with pytest.raises(HTTPException) as caught:
        await read(sender)
    assert caught.value.status_code == 413
    assert sender.chunks == [b"never read"]


async def test_what_is_announced_too_large_is_not_read() -> None:
    sender = Sender(b"1")
    with pytest.raises(HTTPException):
        await read(sender, "11")
    assert sender.chunks == [b"1"]


async def test_some_paths_take_more() -> None:
    assert await read(Sender(b"1234567890", b"1234567890"), path="/prefix/import") == b"1234567890" * 2
    with pytest.raises(HTTPException):
        await read(Sender(b"1234567890", b"1234567890", b"1"), path="/prefix/import")
