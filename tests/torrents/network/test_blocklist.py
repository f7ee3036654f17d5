from __future__ import annotations

import asyncio
import gzip
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from itertools import repeat
from pathlib import Path

import libtorrent as lt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.network import blocklist as module
from momoshtrem.torrents.network.blocklist import Blocklist, parse, parse_line, read
from momoshtrem.torrents.network.refusals import BLOCKED, Refusals, make_filter

LIST = b"""# a list
192.0.2.0/30
Bad Company: 2010:198.51.100.7-198.51.100.9
203.000.113.001 - 203.000.113.010 , 000 , a range of eMule
203.0.113.20 - 203.0.113.30 , 200 , one that is allowed
2001:db8::/64
this is none
198.51.100.9-198.51.100.7

"""
NO_FILE = "it is no file"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("192.0.2.1", ("192.0.2.1", "192.0.2.1")),
        ("192.0.2.7/24", ("192.0.2.0", "192.0.2.255")),
        (" 192.0.2.1-192.0.2.9 ", ("192.0.2.1", "192.0.2.9")),
        ("2001:db8::1 - 2001:db8::9", ("2001:db8::1", "2001:db8::9")),
        ("2001:db8::/126", ("2001:db8::", "2001:db8::3")),
        ("a: b 1.2.3.4-5:192.0.2.1-192.0.2.9", ("192.0.2.1", "192.0.2.9")),
        (":192.0.2.1-192.0.2.9", ("192.0.2.1", "192.0.2.9")),
        ("000.000.000.000 - 000.255.010.255 , 127 , Bogon, really", ("0.0.0.0", "0.255.10.255")),
        ("192.0.2.1 - 192.0.2.9 , 128 , allowed", None),
        ("192.0.2.1-192.0.2.9,0", ("192.0.2.1", "192.0.2.9")),
        ("# 192.0.2.1", None),
        ("// 192.0.2.1", None),
        ("; 192.0.2.1", None),
        ("", None),
    ],
)
def test_lines(line: str, found: tuple[str, str] | None) -> None:
    assert parse_line(line) == found


@pytest.mark.parametrize(
    "line",
    [
        "192.0.2",
        "192.0.2.256",
        "192.0.2.1/33",
        "192.0.2.9-192.0.2.1",
        "192.0.2.1-2001:db8::1",
        "1-2-3",
        "a.test",
        "name:192.0.2.1-999.0.2.9",
        "-",
    ],
)
def test_lines_that_are_wrong(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_line(line)


@given(st.ip_addresses(), st.ip_addresses())
def test_what_is_written_is_read(one: object, other: object) -> None:
    first, last = sorted((ip_address(str(one)), ip_address(str(other))), key=lambda ip: (ip.version, int(ip)))
    if first.version == last.version:
        assert parse_line(f"{first}-{last}") == (str(first), str(last))


@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from(LIST.splitlines())), max_size=30))
def test_any_lines_are_counted_and_end_nothing(lines: list[bytes]) -> None:
    ranges, wrong = parse(lines, make_filter())
    assert ranges + wrong <= len(lines)


class Recorder(lt.session):
    def __init__(self) -> None:
        self.blocked: lt.ip_filter | None = None

    def set_ip_filter(self, blocked: lt.ip_filter) -> None:
        self.blocked = blocked

    def is_blocked(self, host: str) -> bool:
        return self.blocked is not None and self.blocked.access(host) == BLOCKED


@asynccontextmanager
async def reading(blocklist: Blocklist) -> AsyncIterator[None]:
    """With the list read once; it is followed for as long as the context lasts."""
    was_read = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(blocklist.run(was_read.set))
        await was_read.wait()
        yield
        running.cancel()


@pytest.mark.parametrize("zipped", [False, True])
def test_a_file_is_read(zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(gzip.compress(LIST) if zipped else LIST)
    blocked = make_filter()
    assert read(path, blocked) == (4, 2)
    hosts = ["192.0.2.3", "198.51.100.8", "203.0.113.10", "2001:db8::5"]
    others = ["192.0.2.4", "198.51.100.10", "203.0.113.20", "2001:db8:1::5"]
    assert [blocked.access(host) for host in hosts] == 4 * [BLOCKED]
    assert [blocked.access(host) for host in others] == 4 * [0]


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "list.gz"
    for damaged in (gzip.compress(LIST)[:-20], gzip.compress(LIST)[:12] + bytes(40)):
        path.write_bytes(damaged)
        with pytest.raises(OSError, match="damaged"):
            read(path, make_filter())


def test_a_flood_is_no_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 5000)
    path = tmp_path / "list"
    path.write_bytes(bytes(6000))
    with pytest.raises(OSError, match="more than"):
        read(path, make_filter())


def test_what_is_all_wrong_is_no_list() -> None:
    with pytest.raises(OSError, match="10,001 are no addresses, and 0 are"):
        parse(repeat(b"x"), make_filter())


def test_more_ranges_than_memory_is_for_are_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_RANGES", 3)
    with pytest.raises(OSError, match="0 are no addresses, and 4 are"):
        parse(repeat(b"192.0.2.1"), make_filter())


async def test_what_is_no_list_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, reads = tmp_path / "list.gz", Counter[Path]()
    path.write_bytes(gzip.compress(LIST)[:-20])

    def count(path: Path, blocked: lt.ip_filter) -> tuple[int, int]:
        reads[path] += 1
        return read(path, blocked)

    monkeypatch.setattr(module, "read", count)
    blocklist = Blocklist(str(path), Refusals(Recorder()))
    for _ in range(3):
        await blocklist.look()
    assert reads[path] == 1
    assert "damaged" in str(blocklist.status.problem)
    path.write_bytes(LIST)
    await blocklist.look()
    assert (reads[path], blocklist.status.problem) == (2, None)


async def test_a_file_that_was_away_is_no_problem_any_more(tmp_path: Path) -> None:
    """It may come back as it was, with the disk that it is on."""
    folder, away = tmp_path / "disk", tmp_path / "away"
    folder.mkdir()
    (folder / "list").write_bytes(LIST)
    blocklist = Blocklist(str(folder / "list"), Refusals(Recorder()))
    await blocklist.look()
    folder.rename(away)
    await blocklist.look()
    assert blocklist.status.problem
    away.rename(folder)
    await blocklist.look()
    assert blocklist.status.problem is None


async def test_the_list_holds_and_follows_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.01)
    path, session = tmp_path / "list", Recorder()
    path.write_bytes(LIST)
    blocklist = Blocklist(str(path), Refusals(session), ipv6=False)
    before = datetime.now(UTC)
    async with reading(blocklist):
        assert session.is_blocked("192.0.2.1")
        assert session.is_blocked("2001:db8:5::1")
        status = blocklist.status
        assert (status.ranges, status.wrong, status.problem) == (4, 2, None)
        assert status.read_at
        assert status.read_at >= before
        path.with_name("new").write_bytes(b"192.0.2.77\n")
        path.with_name("new").rename(path)
        async with asyncio.timeout(10):
            while blocklist.status.ranges != 1:
                await asyncio.sleep(0.01)
        assert not session.is_blocked("192.0.2.1")
        path.unlink()
        async with asyncio.timeout(10):
            while blocklist.status.problem is None:
                await asyncio.sleep(0.01)
        assert session.is_blocked("192.0.2.77")
        assert blocklist.status.ranges == 1


@pytest.mark.parametrize(
    ("make", "said"), [(None, os.strerror(2)), (Path.mkdir, NO_FILE), (os.mkfifo, NO_FILE)]
)
async def test_what_is_no_file_is_told_and_blocks_nobody(
    make: Callable[[Path], None] | None, said: str, tmp_path: Path
) -> None:
    session, path = Recorder(), tmp_path / "list"
    if make:
        make(path)
    blocklist = Blocklist(str(path), Refusals(session))
    async with reading(blocklist):
        assert blocklist.status.problem == f"The block list {path} cannot be read: {said}."
        assert session.blocked is None
