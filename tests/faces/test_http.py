from __future__ import annotations

import json

import pytest

from momoshtrem import errors
from momoshtrem.faces.http import Message, error_body, error_headers, http_status, respond


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidInput("x"), 400, "invalid_input"),
        (errors.InvalidTorrent("x"), 422, "invalid_torrent"),
        (errors.InvalidRange("x"), 416, "invalid_range"),
        (errors.NotFound("x"), 404, "not_found"),
        (errors.Conflict("x"), 409, "conflict"),
        (errors.NoMatch("x"), 422, "no_match"),
        (errors.NoData("x"), 503, "no_data"),
        (errors.ServiceDown("x"), 503, "service_down"),
        (errors.NotConfigured("x"), 409, "not_configured"),
        (errors.ServiceRefused("x"), 502, "service_refused"),
        (errors.StorageFailed("x"), 507, "storage_failed"),
        (errors.StartFailed("x"), 500, "start_failed"),
    ],
)
def test_error_table(error: errors.MomoshtremError, status: int, code: str) -> None:
    assert http_status(error) == status
    assert error_body(error) == {"error": {"code": code, "message": "x"}}


def test_unexpected_error_tells_nothing() -> None:
    assert http_status(KeyError("secret")) == 500
    assert error_body(KeyError("secret"))["error"]["code"] == "internal"
    assert "secret" not in json.dumps(error_body(KeyError("secret")))


def test_what_may_work_later_says_when() -> None:
    assert error_headers(errors.NoData("x", retry_after=7)) == [("retry-after", "7")]
    assert error_headers(errors.NotFound("x")) == []


async def test_response_has_its_length() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await respond(send, 200, [("x-a", "b")], b"abc")
    start, body = sent
    assert start["headers"] == [(b"x-a", b"b"), (b"content-length", b"3")]
    assert body["body"] == b"abc"
