from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bench.sim.picker import Picker
from bench.sim.player import Player, Policy, Reader, Steps
from bench.sim.scenarios import SCENARIOS, PeerSpec, Scenario
from bench.simulate import Figures, describe, load_policy, run, stream
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.schedule import Changes, Plan, compare_plans, make_plan

MIB = 2**20
COUNT = 20


def make_picker(wanted: dict[int, int]) -> Picker:
    picker = Picker(COUNT, 4 * 16 * 1024, Random(1), lambda: 0.0)
    picker.prioritize_pieces([(piece, 0) for piece in range(COUNT)])
    picker.prioritize_pieces(list(wanted.items()))
    return picker


def begin_anew(picker: Picker) -> None:
    picker.unset_flags(0)
    picker.set_flags(0)


def keep_flags(old: Plan, new: Plan, pieces: Pieces) -> Changes:
    return replace(compare_plans(old, new, pieces), end_sequential=False, begin_sequential=False)


def play_stream(policy: Policy, scenario: Scenario) -> tuple[Player, Figures]:
    player, figures = Player(policy, scenario, MIB, seed=1), Figures()
    player.play(stream(player, figures))
    return player, figures


@given(
    st.dictionaries(st.integers(0, COUNT - 1), st.integers(1, 7)),
    st.integers(1, 100),
    st.sets(st.tuples(st.integers(0, COUNT - 1), st.integers(0, 3))),
    st.booleans(),
)
def test_picks_free_blocks_of_wanted_pieces(
    wanted: dict[int, int], count: int, asked: set[tuple[int, int]], sequential: bool
) -> None:
    picker = make_picker(wanted)
    if sequential:
        begin_anew(picker)
    for block in asked:
        picker.ask(block, peer=1)
    found = picker.pick(0, count, peers=2, held=(), parole=False)
    free = {(piece, block) for piece in wanted for block in range(4)} - asked
    assert len(found) == min(count, len(free))
    assert set(found) <= free
    assert len(set(found)) == len(found)


def test_order_is_lost_when_priorities_fell_until_sequential_begins_anew() -> None:
    picker = make_picker(dict.fromkeys(range(COUNT), 4))
    lost = [piece for piece, _ in picker.pick(0, 1000, peers=50, held=(), parole=False)]
    begin_anew(picker)
    kept = [piece for piece, _ in picker.pick(0, 1000, peers=50, held=(), parole=False)]
    assert sorted(lost) == sorted(kept) == kept != lost


def test_only_the_first_deadline_of_an_empty_list_cancels() -> None:
    picker, cancels = make_picker({3: 4, 4: 4}), []
    picker.on_first_deadline = lambda: cancels.append(len(picker.deadlines))
    picker.set_piece_deadline(3, 0)
    picker.set_piece_deadline(4, 400)
    picker.finish(3)
    picker.set_piece_deadline(5, 0)
    assert cancels == [0]
    picker.clear_piece_deadlines()
    picker.set_piece_deadline(6, 0)
    assert cancels == [0, 0]
    assert [picker.priorities[piece] for piece in (4, 5, 6)] == [1, 1, 7]


def test_a_lost_order_costs_goodput() -> None:
    scenario = SCENARIOS["fast"]
    policy = Policy(blocks=False)
    _, good = play_stream(policy, scenario)
    _, bad = play_stream(replace(policy, compare_plans=keep_flags), scenario)
    assert 0.95 <= good.goodput / scenario.capacity <= 1.01
    assert bad.goodput / scenario.capacity < 0.9


def test_a_first_byte_takes_four_round_trips_and_a_block() -> None:
    slow = Scenario((PeerSpec(1e6, 0.2),), 6e5)
    _, figures = play_stream(Policy(), slow)
    assert 4 * 0.2 + 0.016 <= figures.first_byte <= 4 * 0.2 + 0.016 + 0.1
    assert figures.first_mib >= figures.first_byte + 1


def test_the_same_seed_gives_the_same_figures() -> None:
    first, again = (run(Policy(), SCENARIOS["mixed"], 4 * MIB, seed=3) for _ in range(2))
    assert first == again


def test_who_lies_is_banned_and_the_rest_delivers() -> None:
    scenario = SCENARIOS["liar"]
    player, figures = play_stream(Policy(), scenario)
    assert [peer.banned for peer in player.swarm.peers] == [False, False, True]
    assert figures.goodput > 0.7 * scenario.capacity


def test_peers_that_leave_come_back() -> None:
    peer = PeerSpec(2e6, 0.05, period=6, up=(0, 3))
    player, figures = play_stream(Policy(), Scenario((peer,), 6e5))
    assert 0 < figures.goodput < 2e6
    assert player.clock.now > 6


def test_two_readers_share() -> None:
    player = Player(Policy(), SCENARIOS["fast"], MIB, seed=1)
    readers = [Reader(player, place * MIB) for place in (10, 200)]
    player.play(*(reader.read_to(500 * MIB, 4.0) for reader in readers))
    assert min(reader.got for reader in readers) > 0.7 * max(reader.got for reader in readers)


def test_a_reader_without_peers_ends_with_the_time() -> None:
    def wait(reader: Reader) -> Steps:
        yield from reader.read_to(1)

    gone = Scenario((PeerSpec(1e6, 0.1, period=1e6, up=(1e5, 1e6)),), 1e6)
    player = Player(Policy(), gone, MIB, seed=1)
    reader = Reader(player, 0)
    player.play(wait(reader), limit=5.0)
    assert reader.got == 0


def test_cells_tell_the_medians() -> None:
    runs = [
        Figures(first_byte=seconds, goodput=4e6, seek_mib=[seconds], two=2e6) for seconds in (1.0, 2.0, 9.0)
    ]
    cells = describe(runs, 8e6)
    assert (cells[0], cells[2]) == ("2.00", "4.00 (50%)")
    assert cells[4] == "2.00 (9.00)"
    assert cells[5].startswith("0.50")


def test_policies_are_found_by_name() -> None:
    assert load_policy("momoshtrem.torrents.schedule:make_plan") == Policy(make_plan=make_plan)
