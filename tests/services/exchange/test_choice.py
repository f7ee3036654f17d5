from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.model.names import fold
from momoshtrem.services.exchange.choice import FILLED, NO_FILE, NO_TORRENT, TWICE, KnownTorrent, choose
from momoshtrem.services.exchange.document import File

A, B, C = "a" * 40, "b" * 40, "c" * 40
TORRENTS = {A: KnownTorrent(A, (5, 6)), B: KnownTorrent(C, (7,))}
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def file(info_hash: str = A, file_index: int = 0, size: int = 5, **more: object) -> File:
    fields = {"info_hash": info_hash, "file_index": file_index, "path": "x.mkv", "size": size}
    return File.model_validate(fields | {"assigned_at": NOW} | more)


FILES = st.builds(
    file,
    st.sampled_from([A, B, C]),
    st.integers(0, 2),
    st.integers(5, 7),
    version=st.sampled_from(["", "2160p", "2160P"]),
    rank=st.integers(0, 3),
    proposed=st.booleans(),
)


@given(st.lists(FILES, max_size=12), st.sets(st.sampled_from([(A, 0), (A, 1), (C, 0)])))
def test_every_file_is_new_kept_or_skipped(files: list[File], here: set[tuple[str, int]]) -> None:
    found = choose(files, TORRENTS, here)
    assert len(found.new) + found.kept + len(found.skipped) == len(files)
    assert not (here and found.new)
    for _, _, one in found.new:
        assert (
            next(each for each in TORRENTS.values() if each.info_hash == one.info_hash).sizes[one.file_index]
            == one.size
        )


@given(st.lists(FILES, max_size=12))
def test_the_ranks_of_each_version_have_no_gaps(files: list[File]) -> None:
    new = sorted(
        choose(files, TORRENTS, set()).new, key=lambda each: (fold(each[2].version), each[2].proposed)
    )
    for (_, proposed), slot in groupby(new, key=lambda each: (fold(each[2].version), each[2].proposed)):
        ranks = sorted(rank for rank, _, _ in slot)
        assert ranks == list(range(int(proposed), int(proposed) + len(ranks)))
    labels = {(fold(one.version), one.version) for _, _, one in new}
    assert len(labels) == len({key for key, _ in labels})


def test_the_order_is_that_of_the_ranks() -> None:
    found = choose([file(rank=7), file(file_index=1, size=6, rank=3)], TORRENTS, set())
    assert [(rank, one.file_index) for rank, _, one in found.new] == [(0, 1), (1, 0)]


def test_a_torrent_goes_by_the_hash_that_the_library_knows() -> None:
    ((_, moment, one),) = choose([file(B, size=7)], TORRENTS, set()).new
    assert (one.info_hash, moment) == (C, NOW)
    assert choose([file(B, size=7)], TORRENTS, {(C, 0)}).kept == 1


def test_a_file_of_an_unknown_list_may_be_there() -> None:
    assert len(choose([file(size=99)], {A: KnownTorrent(A, ())}, set()).new) == 1


def test_the_reasons() -> None:
    files = [file(C), file(size=9), file(file_index=2), file(), file()]
    assert [reason for _, reason in choose(files, TORRENTS, set()).skipped] == [
        NO_TORRENT,
        NO_FILE,
        NO_FILE,
        TWICE,
    ]
    assert choose([file()], TORRENTS, {(A, 1)}).skipped == [(0, FILLED)]
