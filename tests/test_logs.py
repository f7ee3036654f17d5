from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.logs import JsonFormatter, LineFile, TextFormatter, configure, redact

KEY = "0123456789abcdef0123456789abcdef"
FULL = Path("/dev/full")
HASH = "c9e15763f722f23e98a29decdfae341b98d53056"


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """What `configure` does to the process is undone."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level


def record(message: str, *values: object, error: BaseException | None = None) -> logging.LogRecord:
    trace = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("momoshtrem.x", logging.WARNING, __file__, 1, message, values, trace)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (f"adding magnet:?xt=urn:btih:{HASH}&dn=A+Film now", "adding magnet:?xt=urn:btih:c9e15763… now"),
        (f"'magnet:?dn=x&xt=urn:btmh:1220{HASH}'", "'magnet:?dn=x&xt=urn:btmh:1220c9e1…'"),
        (f"GET /3/movie/603?api_key={KEY}&language=en", "GET /3/movie/603?api_key=…&language=en"),
        (f"apikey={KEY}", "apikey=…"),
        (f"MOMOSHTREM_TMDB__API_KEY={KEY}", "MOMOSHTREM_TMDB__API_KEY=…"),
        ("password: hunter2", "password: …"),
        ('{"password": "hunter2", "x": 1}', '{"password": "…", "x": 1}'),
        ("Authorization: Bearer abc.def", "Authorization: Bearer …"),
        ("{'authorization': 'Basic dXNlcg=='}", "{'authorization': 'Basic …'}"),
        (f"http://tracker.test/announce?passkey={KEY}", "http://tracker.test/announce?passkey=…"),
        (f"http://tracker.test/announce?uk={KEY}&x=1", "http://tracker.test/announce?uk=…"),
        (f"https://tracker.test:8080/{KEY}/announce failed", "https://tracker.test:8080/… failed"),
        (f"<udp://tracker.test:1337/announce/{KEY}/>", "<udp://tracker.test:1337/announce/…"),
    ],
)
def test_secrets_are_taken_out(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        f"torrent {HASH} failed: no space",
        "udp://tracker.test:1337/announce is down",
        "http://localhost:4444/api/docs",
        "GET /TV Shows/The Password (2020)/Season 01",
        "a token of appreciation",
    ],
)
def test_the_rest_stays(text: str) -> None:
    assert redact(text) == text


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_key_never_stays_whatever_is_around_it(before: str, after: str) -> None:
    assert KEY not in redact(f"{before} api_key={KEY} {after}")
    assert KEY not in redact(f"{before} https://t.test/{KEY}/announce {after}")


class TestText:
    def test_a_line(self) -> None:
        line = TextFormatter().format(record("asked with api_key=%s", KEY))
        assert line.endswith("WARNING momoshtrem.x: asked with api_key=…")

    def test_a_traceback_is_free_of_secrets_too(self) -> None:
        line = TextFormatter().format(record("failed", error=ValueError(f"api_key={KEY}")))
        assert "ValueError: api_key=…" in line
        assert KEY not in line


class TestJson:
    def test_a_line(self) -> None:
        line = JsonFormatter().format(record('said "%s"\nfor long', "où"))
        assert "\n" not in line
        assert "où" in line
        parsed = json.loads(line)
        assert datetime.fromisoformat(parsed.pop("time")).utcoffset() is not None
        assert parsed == {"level": "WARNING", "logger": "momoshtrem.x", "message": 'said "où"\nfor long'}

    def test_a_traceback_is_free_of_secrets_too(self) -> None:
        parsed = json.loads(JsonFormatter().format(record("failed", error=ValueError(f"api_key={KEY}"))))
        assert parsed["message"] == "failed"
        assert "ValueError: api_key=…" in parsed["exception"]


class TestConfigure:
    @pytest.mark.parametrize(("form", "start"), [("text", "2"), ("json", "{")])
    def test_all_goes_to_stderr_from_the_level_on(
        self, form: str, start: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        configure("warning", form)
        logging.getLogger("momoshtrem.x").info("too much")
        logging.getLogger("momoshtrem.x").warning("a password=hunter2")
        said = capsys.readouterr()
        assert said.out == ""
        (line,) = said.err.splitlines()
        assert line.startswith(start)
        assert "a password=…" in line

    def test_clients_and_servers_log_no_requests(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure("INFO", "text")
        logging.getLogger("httpx2").info("GET /")
        logging.getLogger("uvicorn.error").error("a broken stream")
        assert capsys.readouterr().err == ""


class TestLineFile:
    def test_lines_are_added(self, tmp_path: Path) -> None:
        for line in ("one", "100 % of \ud800"):
            with closing(LineFile(tmp_path / "lines.log", 1000)) as file:
                file.write(line)
        assert (tmp_path / "lines.log").read_text() == "one\n100 % of ?\n"

    def test_it_stays_within_its_limit(self, tmp_path: Path) -> None:
        with closing(LineFile(tmp_path / "lines.log", 100)) as file:
            for number in range(100):
                file.write(f"line {number:03}")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["lines.log", "lines.log.1"]
        assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
        assert (tmp_path / "lines.log").read_text().endswith("line 099\n")

    @pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
    def test_a_full_disk_is_told_of_once(self, caplog: pytest.LogCaptureFixture) -> None:
        with closing(LineFile(FULL, 1000)) as file:
            file.write("one")
            file.write("two")
        said = [record.getMessage() for record in caplog.records]
        assert said == ["/dev/full cannot be written: [Errno 28] No space left on device"]
