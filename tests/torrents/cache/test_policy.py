from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.policy import (
    Candidate,
    Kind,
    State,
    choose,
    find_candidates,
    find_whole_files,
)
from momoshtrem.torrents.cache.stamps import REGION, Stamps
from momoshtrem.torrents.engine import CachedTorrent
from tests.torrents.cache.disk import HASH, make_metainfo

MIB = 2**20
LENGTH = 8 * MIB
"""Four pieces are a region."""

spans = st.tuples(st.integers(0, 20 * LENGTH), st.integers(1, 3 * LENGTH)).map(
    lambda at: range(at[0], sum(at))
)


@st.composite
def torrents(draw: st.DrawFn) -> CachedTorrent:
    size = draw(st.integers(1, 20 * LENGTH))
    count = -(-size // LENGTH)
    present = Pieces(count, draw(st.sets(st.integers(0, count - 1))))
    stamps = draw(st.binary(max_size=4 * len(Stamps(count, LENGTH))))
    ends, pinned = (tuple(draw(st.lists(spans, max_size=3))) for _ in range(2))
    return CachedTorrent(HASH, LENGTH, size, present.pack(), stamps, ends, pinned)


def pieces_with(torrent: CachedTorrent, ranges: tuple[range, ...]) -> set[int]:
    return {piece for span in ranges for piece in range(span.start // LENGTH, (span.stop - 1) // LENGTH + 1)}


@given(torrents(), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 25)).map(lambda at: range(*at))))
def test_all_may_go_but_what_is_pinned_or_protected(torrent: CachedTorrent, protected: list[range]) -> None:
    candidates = list(find_candidates(torrent, State.LIVE, protected))
    found = [piece for candidate in candidates for piece in candidate.pieces]
    count = -(-torrent.total_size // LENGTH)
    present = {*Pieces.unpack(torrent.readable, count).list_present(range(count))}
    stay = pieces_with(torrent, torrent.pinned).union(*protected)
    assert sorted(found) == sorted(present - stay)
    ends, stamps = pieces_with(torrent, torrent.ends), Stamps(count, LENGTH, torrent.stamps)
    for candidate in candidates:
        assert {piece in ends for piece in candidate.pieces} == {candidate.kind is Kind.ENDS}
        (region,) = {region for piece in candidate.pieces for region in stamps.regions_of(piece, piece)}
        assert (candidate.stamp, candidate.state) == (stamps[region], State.LIVE)
        assert candidate.size == sum(min(LENGTH, torrent.total_size - p * LENGTH) for p in candidate.pieces)


candidates = st.builds(
    Candidate,
    info_hash=st.sampled_from(["a", "b"]),
    pieces=st.tuples(st.integers(0, 9)),
    size=st.integers(1, 100),
    kind=st.sampled_from(Kind),
    state=st.sampled_from(State),
    stamp=st.integers(0, 3),
)


@given(st.lists(candidates), st.integers(-10, 500))
def test_as_few_are_chosen_as_are_needed_in_the_order_of_their_worth(
    found: list[Candidate], need: int
) -> None:
    chosen = choose(found, need)
    worth = [(each.kind, each.state, each.stamp) for each in chosen]
    assert worth == sorted(worth)
    left = list(found)
    for each in chosen:
        left.remove(each)
    assert all((each.kind, each.state, each.stamp) >= worth[-1] for each in left if worth)
    size = sum(each.size for each in chosen)
    assert size >= need or not left
    assert not chosen or size - chosen[-1].size < need


def test_the_order_of_all() -> None:
    body = Candidate("a", (1,), 1)
    order = [
        Candidate("z", (), 1, Kind.ORPHAN),
        body,
        replace(body, stamp=1),
        replace(body, state=State.IDLE),
        replace(body, state=State.LIVE, stamp=0),
        replace(body, kind=Kind.ENDS),
        replace(body, kind=Kind.ENDS, state=State.LIVE),
    ]
    assert choose(order[::-1], 99) == order


@given(st.lists(st.integers(0, 3 * LENGTH), min_size=1, max_size=6).filter(any), st.data())
def test_files_go_only_with_all_of_their_pieces(sizes: list[int], data: st.DataObject) -> None:
    metainfo = make_metainfo(sizes, LENGTH, data.draw(st.frozensets(st.integers(0, 5), max_size=1)))
    count = metainfo.piece_count
    present = data.draw(st.sets(st.integers(0, count - 1)))
    pinned = data.draw(spans)
    protected = range(data.draw(st.integers(0, count)), count)
    packed = Pieces(count, present).pack()
    torrent = CachedTorrent(HASH, LENGTH, metainfo.total_size, packed, pinned=(pinned,))
    stay = pieces_with(torrent, (pinned,)).union(protected)
    expected = []
    for file in metainfo.files:
        touched = pieces_with(torrent, (range(file.offset, file.offset + file.size),)) if file.size else set()
        if not file.hidden and touched & present and not touched & present & stay:
            expected.append(tuple(sorted(touched & present)))
    found = list(find_whole_files(torrent, metainfo.files, State.IDLE, [protected]))
    assert [each.pieces for each in found] == expected
    assert all(each.kind is Kind.BODY and each.state is State.IDLE and each.size > 0 for each in found)


def test_a_file_was_read_when_the_last_of_it_was() -> None:
    metainfo = make_metainfo([2 * REGION, REGION], REGION)
    stamps = Stamps(3, REGION)
    stamps.touch(1, 1, 5)
    torrent = CachedTorrent(HASH, REGION, 3 * REGION, b"\xe0", stamps.pack())
    assert [each.stamp for each in find_whole_files(torrent, metainfo.files)] == [5, 0]
