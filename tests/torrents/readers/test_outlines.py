from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from momoshtrem.errors import StorageFailed
from momoshtrem.model.torrent import Metainfo, TorrentFile
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.containers.outline import Outline
from momoshtrem.torrents.engine import StoredTorrent
from momoshtrem.torrents.readers.outlines import SMALL_PIECE, WARM_HEAD, WARM_INDEX, Outlines
from momoshtrem.torrents.schedule import NORMAL
from tests.fakes.store import MemoryStore
from tests.torrents.containers.clips import CLIPS, make_clip, probe

HASH = "ab" * 20
KIB, MIB = 2**10, 2**20
FIRST = 10_000
"""Bytes of the file in front of the film, so that pieces do not begin where the film does."""


class Bench:
    """A torrent of two files, the second a film; its pieces come when the test says so."""

    def __init__(self, folder: Path, tasks: asyncio.TaskGroup, name: str, film: bytes, length: int) -> None:
        self.film = TorrentFile(1, f"Release/{name}", len(film), FIRST)
        files = (TorrentFile(0, "Release/a.nfo", FIRST, 0), self.film)
        total = FIRST + len(film)
        self.stored = StoredTorrent(Metainfo(HASH, "Release", length, total, False, files, (), b""))
        self.pieces = Pieces(self.stored.metainfo.piece_count)
        self.store = MemoryStore(self.stored)
        self.cache = CacheFolder(folder)
        self.cache.folder(HASH).mkdir()
        self.cache.path(HASH, 1).write_bytes(film)
        self.changes = 0
        self.outlines = Outlines(self.stored, self.pieces, self.cache, self.store, tasks)

    async def finish(self, *pieces: int) -> None:
        for piece in pieces:
            self.pieces.add(piece)
        self.outlines.advance(self._count)
        await self.outlines.settle(self.film)

    def _count(self) -> None:
        self.changes += 1

    def wishes(self) -> list[int]:
        return [piece for piece, _ in self.outlines.find_asides([1])]

    async def serve(self, random: Random) -> set[int]:
        """Give what is wanted, one piece at a time; gives what that was."""
        served = set()
        while wishes := self.wishes():
            served.add(random.choice(wishes))
            await self.finish(*served)
        return served


def run(test: Callable[[Bench], Awaitable[None]], name: str, film: bytes, length: int = 64 * KIB) -> None:
    async def main() -> None:
        with TemporaryDirectory() as folder:
            async with asyncio.TaskGroup() as tasks:
                await test(Bench(Path(folder), tasks, name, film, length))

    asyncio.run(main())


@pytest.mark.parametrize("kind", CLIPS)
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(seed=st.integers(), length=st.sampled_from([16 * KIB, 50_000, MIB]))
def test_all_is_learned_from_the_pieces_it_wants(kind: str, seed: int, length: int) -> None:
    name, film = CLIPS[kind][0], make_clip(kind)

    async def test(bench: Bench) -> None:
        bench.outlines.open(bench.film)
        await bench.serve(Random(seed))
        expected = probe(name, film)
        assert bench.outlines.find(1) == expected
        assert bench.outlines.duration_of(1) == expected.duration
        assert bench.store.torrents[HASH].outlines == {1: expected}
        assert bench.changes > 0

    run(test, name, film, length)


def test_nothing_is_wanted_of_a_file_that_was_never_open() -> None:
    async def test(bench: Bench) -> None:
        assert bench.outlines.find(1) is None
        assert bench.outlines.duration_of(1) is None
        assert bench.wishes() == []

    run(test, "film.mkv", bytes(MIB))


def test_what_is_known_is_not_learned_again() -> None:
    film = make_clip("mp4")

    async def test(bench: Bench) -> None:
        known = probe("film.mp4", film)
        bench.store.torrents[HASH] = stored = StoredTorrent(bench.stored.metainfo, outlines={1: known})
        async with asyncio.TaskGroup() as tasks:
            outlines = Outlines(stored, bench.pieces, bench.cache, bench.store, tasks)
            outlines.open(bench.film)
            assert outlines.find(1) == known
            asides = outlines.find_asides([1])
        first = (FIRST + known.index[0].start) // (64 * KIB)
        assert asides == [(piece, NORMAL) for piece in range(first, len(bench.pieces))]
        assert bench.store.saved == []

    run(test, "film.mp4", film)


@pytest.mark.parametrize(("length", "early"), [(SMALL_PIECE, True), (2 * SMALL_PIECE, False)])
def test_the_end_of_a_file_is_wanted_early_where_pieces_are_small(length: int, early: bool) -> None:
    async def test(bench: Bench) -> None:
        bench.outlines.open(bench.film)
        last = len(bench.pieces) - 1
        assert bench.wishes() == [0, *[last] * early]

    run(test, "film.mkv", bytes(10 * MIB), length)


def test_an_empty_file_wants_nothing() -> None:
    async def test(bench: Bench) -> None:
        bench.outlines.open(bench.film)
        assert bench.wishes() == []
        assert bench.outlines.find_cold(bench.film) is None

    run(test, "film.mkv", b"")


def test_of_an_unknown_kind_head_and_end_are_cold() -> None:
    async def test(bench: Bench) -> None:
        bench.outlines.open(bench.film)
        cold = []
        while (piece := bench.outlines.find_cold(bench.film)) is not None:
            cold.append(piece)
            await bench.finish(piece)
        assert cold == [0, 1, 9, 10]
        assert bench.outlines.find(1) == Outline(10 * MIB, range(512 * KIB), (range(9 * MIB, 10 * MIB),))

    run(test, "film.bin", bytes(10 * MIB), MIB)


@given(
    size=st.integers(1, 100 * MIB),
    parts=st.lists(st.tuples(st.integers(0, 100 * MIB), st.integers(1, 20 * MIB)), max_size=4),
    length=st.sampled_from([256 * KIB, MIB, 16 * MIB]),
)
def test_head_and_index_are_cold_up_to_a_limit(size: int, parts: list[tuple[int, int]], length: int) -> None:
    outline = Outline(size)
    outline.set_index(*(range(start, start + count) for start, count in parts))
    metainfo = Metainfo(HASH, "t", length, size, False, (TorrentFile(0, "a", size, 0),), (), b"")
    pieces = Pieces(metainfo.piece_count)

    async def find() -> list[int]:
        cold = []
        async with asyncio.TaskGroup() as tasks:
            stored = StoredTorrent(metainfo, outlines={0: outline})
            outlines = Outlines(stored, pieces, CacheFolder(Path()), MemoryStore(), tasks)
            while (piece := outlines.find_cold(metainfo.files[0])) is not None:
                cold.append(piece)
                pieces.add(piece)
        return cold

    cold = asyncio.run(find())
    assert len(cold) == len(set(cold))
    assert set(range(-(-min(size, WARM_HEAD) // length))) <= set(cold)
    assert len(cold) * length <= WARM_HEAD + WARM_INDEX + (len(outline.index) + 2) * 2 * length


def test_a_piece_that_no_hash_was_checked_of_is_not_looked_at() -> None:
    async def test(bench: Bench) -> None:
        bench.outlines.open(bench.film)
        await bench.finish(*range(3, len(bench.pieces)))
        assert bench.changes == 0

    run(test, "film.mkv", make_clip("mkv"))


def test_a_file_that_cannot_be_read_is_left_as_it_was_guessed(caplog: pytest.LogCaptureFixture) -> None:
    async def test(bench: Bench) -> None:
        bench.cache.path(HASH, 1).unlink()
        bench.outlines.open(bench.film)
        await bench.finish(0)
        assert bench.outlines.duration_of(1) is None
        assert bench.store.saved == []

    run(test, "film.mkv", make_clip("mkv"))
    assert "cannot be read" in caplog.text


def test_what_cannot_be_kept_is_known_for_now(caplog: pytest.LogCaptureFixture) -> None:
    film = make_clip("mp4 with moov in front")

    async def test(bench: Bench) -> None:
        bench.store.failure = StorageFailed("The disk is full.")
        bench.outlines.open(bench.film)
        await bench.serve(Random(1))
        assert bench.outlines.duration_of(1) == probe("film.mp4", film).duration

    caplog.set_level(logging.WARNING)
    run(test, "film.mp4", film)
    assert "The disk is full" in caplog.text
