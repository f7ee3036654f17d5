"""Many connections, paused and vanished ones, and requests in a row."""

from __future__ import annotations

import contextlib

from tests.faces.webdav.conformance.files import BIG, BIG_SIZE, FILM, N
from tests.faces.webdav.conformance.site import Connection, Site
from tests.faces.webdav.library import CONTENT

MIB = 1 << 20


def test_one_connection_takes_any_number_of_requests(connection: Connection) -> None:
    for turn in range(200):
        answer = connection.ask("GET", FILM, {"Range": f"bytes={turn}-{turn}"})
        assert (answer.body, answer.closes) == (CONTENT[turn : turn + 1], False)


def test_three_places_of_one_film_beside_each_other(connection: Connection, site: Site) -> None:
    """A player opens the new place before it leaves the old one, and may leave that one paused."""
    with contextlib.ExitStack() as stack:
        old = stack.enter_context(site.connect()).start("GET", BIG, {"Range": "bytes=0-"})
        index = stack.enter_context(site.connect()).start("GET", BIG, {"Range": f"bytes={BIG_SIZE - MIB}-"})
        new = stack.enter_context(site.connect()).start("GET", BIG, {"Range": f"bytes={BIG_SIZE // 2}-"})
        assert [old.status, index.status, new.status] == [206, 206, 206]
        assert len(index.read()) == MIB
        assert len(new.read(4 * MIB)) == 4 * MIB
        assert connection.ask("GET", FILM).body == CONTENT
        assert len(old.read(4 * MIB)) == 4 * MIB


def test_a_whole_file_comes_beside_ranges_of_it(connection: Connection, site: Site) -> None:
    with site.connect() as other:
        whole = other.start("GET", FILM)
        for start in (N - 1000, 5, N // 2):
            part = connection.ask("GET", FILM, {"Range": f"bytes={start}-{start + 99}"})
            assert part.body == CONTENT[start : start + 100]
        assert whole.read() == CONTENT


def test_paused_readers_hold_nobody_up(connection: Connection, site: Site) -> None:
    with contextlib.ExitStack() as stack:
        paused = [stack.enter_context(site.connect()).start("GET", BIG) for _ in range(24)]
        assert {response.status for response in paused} == {200}
        assert connection.ask("GET", FILM).body == CONTENT
        assert connection.ask("PROPFIND", "/Movies", {"Depth": "1"}).status == 207
        assert [len(response.read(10)) for response in paused] == [10] * 24


def test_clients_that_leave_at_once(connection: Connection, site: Site) -> None:
    """A seek of ffmpeg in a transport stream makes sixteen of them in a moment."""
    for turn in range(40):
        with site.connect() as leaving:
            response = leaving.start("GET", BIG, {"Range": f"bytes={turn * 100 * MIB}-"})
            assert len(response.read(33_000)) == 33_000
    assert connection.ask("GET", FILM).body == CONTENT


def test_idle_connections_hold_nobody_up(connection: Connection, site: Site) -> None:
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(site.connect()) for _ in range(50)]
        for each in idle[::2]:
            each.send(b"GET /Movies/Film")
        assert connection.ask("GET", FILM).body == CONTENT


def test_requests_sent_at_once_are_answered_in_their_order(connection: Connection) -> None:
    paths = ["/Movies/Film.mp4", "/Movies/Unknown.kind", "/Movies/Film.mp4", "/nothing"]
    connection.send(b"".join(connection.head("HEAD", path, {}) for path in paths))
    lengths = []
    for _ in paths:
        lines = list(iter(connection.read_line, b"\r\n"))
        fields = dict(line.decode().lower().strip().split(": ", 1) for line in lines[1:])
        lengths.append((lines[0].split()[1], fields.get("content-length")))
    assert [status for status, _ in lengths] == [b"200", b"200", b"200", b"404"]
    assert [length for _, length in lengths[:3]] == ["3", "1", "3"]


def test_a_client_may_ask_to_close(connection: Connection) -> None:
    answer = connection.ask("GET", FILM, {"Connection": "close", "Icy-MetaData": "1", "Range": "bytes=9-"})
    assert (answer.status, answer.body, answer.closes) == (206, CONTENT[9:], True)
    assert connection.is_ended()


def test_http_1_0(connection: Connection, site: Site) -> None:
    target = f"{site.prefix}{FILM}"
    connection.send(f"GET {target} HTTP/1.0\r\nAuthorization: {site.authorization}\r\n\r\n".encode())
    answer = connection.finish("GET")
    assert (answer.status, answer.body, answer.closes) == (200, CONTENT, True)


def test_a_request_byte_by_byte(connection: Connection) -> None:
    for byte in connection.head("GET", FILM, {"Range": "bytes=0-9"}):
        connection.send(bytes([byte]))
    assert connection.finish("GET").body == CONTENT[:10]
