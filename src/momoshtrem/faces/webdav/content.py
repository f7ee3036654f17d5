"""GET and HEAD of a file."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from momoshtrem.errors import InvalidRange
from momoshtrem.faces.http import Receive, Send, respond_without_body, response_start
from momoshtrem.faces.webdav.conditions import allows_range, failed_condition, http_date
from momoshtrem.faces.webdav.media_types import media_type
from momoshtrem.faces.webdav.ranges import parse_range
from momoshtrem.faces.webdav.request import Request
from momoshtrem.faces.webdav.stream import send_span
from momoshtrem.services.streams import Streams
from momoshtrem.vfs.tree import File

EMPTY = ("content-length", "0")
RESUMING = ("if-match", "if-range", "if-unmodified-since")
"""What whoever has a part of the file asks with."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An answer before any byte is read; `span` has the offsets to send, if any."""

    status: int
    headers: list[tuple[str, str]]
    span: range = range(0)


async def answer_file(streams: Streams, file: File, request: Request, receive: Receive, send: Send) -> None:
    """The bytes asked for, or why not; only an answer that has bytes opens a reader."""
    plan = plan_answer(request, file)
    if opens_anew(request, plan):
        plan = plan_answer(request, file := await streams.settle(request.path, file))
    if not plan.span:
        await respond_without_body(send, plan.status, plan.headers)
        return
    with closing(await streams.open(file)) as reader:
        start = response_start(plan.status, plan.headers)
        await send_span(reader, plan.span, start, receive, send)


def opens_anew(request: Request, plan: Plan) -> bool:
    """Whether the client knows nothing of the file yet: it reads from the start, whatever the bytes are."""
    return bool(plan.span) and plan.span.start == 0 and request.headers.keys().isdisjoint(RESUMING)


def plan_answer(request: Request, file: File) -> Plan:
    """Conditions first, then the range: the order of RFC 9110 section 13.2.2."""
    headers = [
        ("etag", f'"{file.etag}"'),
        ("last-modified", http_date(file.modified)),
        ("accept-ranges", "bytes"),
    ]
    match failed_condition(request.headers, file):
        case 304:
            return Plan(304, headers)
        case 412:
            return Plan(412, [*headers, EMPTY])
    try:
        part = _find_part(request, file)
    except InvalidRange:
        return Plan(416, [*headers, EMPTY, ("content-range", f"bytes */{file.size}")])
    span = range(file.size) if part is None else part
    headers += [("content-type", media_type(file.name)), ("content-length", str(len(span)))]
    if part is not None:
        headers.append(("content-range", f"bytes {span.start}-{span.stop - 1}/{file.size}"))
    status = 200 if part is None else 206
    return Plan(status, headers, span if request.method == "GET" else range(0))


def _find_part(request: Request, file: File) -> range | None:
    wanted = request.headers.get("range", "")
    if request.method != "GET" or not allows_range(request.headers, file):
        return None
    return parse_range(wanted, file.size)
