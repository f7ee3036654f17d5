"""Who is shut out for being slow, played with peers of constant rates."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.swarm.peers import BACK_AFTER, MAX_LOSS, PeerJudge, Sample

MIB = 2**20
TICK = 0.25
WANTED = range(10)


class Play:
    """Peers that send at the rates they have, judged again and again."""

    def __init__(self, rates: Mapping[str, float], piece_length: int = MIB) -> None:
        self.judge = PeerJudge()
        self.rates = dict(rates)
        self.pieces: dict[str, Container[int]] = {}
        self.asked = True
        self.now = 1000.0
        self.shut_at: dict[str, float] = {}
        self._received = dict.fromkeys(rates, 0.0)
        self._piece_length = piece_length

    @property
    def shut(self) -> set[str]:
        return set(self.judge.shut)

    def run(self, seconds: float) -> None:
        for _ in range(math.ceil(seconds / TICK)):
            self._step()

    def _step(self) -> None:
        self.now += TICK
        here = [host for host in self.rates if host not in self.judge.shut]
        for host in here if self.asked else ():
            self._received[host] += self.rates[host] * TICK
        samples = [
            Sample(host, int(self._received[host]), self.asked, self.pieces.get(host, WANTED))
            for host in here
        ]
        before = self.shut
        self.judge.look(self.now, samples, WANTED, self._piece_length)
        self.shut_at |= dict.fromkeys(self.shut - before, self.now)


def test_a_slow_peer_is_shut_out_and_the_others_are_not() -> None:
    play = Play({"fast": 2e6, "good": 1e6, "slow": 5e4})
    play.run(3)
    assert play.shut == {"slow"}


def test_nobody_is_judged_before_anything_is_known() -> None:
    play = Play({"fast": 2e6, "slow": 1e3})
    play.run(0.75)
    assert play.shut == set()


def test_a_very_slow_peer_is_seen_sooner() -> None:
    play = Play({"fast": 2e6, "slow": 4e4, "very slow": 1e3})
    play.run(3)
    assert play.shut_at["very slow"] < play.shut_at["slow"]


def test_peers_that_were_asked_for_nothing_are_not_judged() -> None:
    play = Play({"fast": 2e6, "slow": 1e3})
    play.asked = False
    play.run(20)
    assert play.shut == set()


def test_a_pause_is_not_held_against_anybody() -> None:
    play = Play({"one": 1e6, "other": 1e6})
    play.run(3)
    play.now += 60
    play.rates["one"] *= 2
    play.run(3)
    assert play.shut == set()


def test_with_large_pieces_a_slow_peer_is_of_use() -> None:
    play = Play({"fast": 2e6, "slow": 5e4}, piece_length=16 * MIB)
    play.run(20)
    assert play.shut == set()


def test_who_alone_has_a_wanted_piece_stays() -> None:
    play = Play({"fast": 2e6, "slow": 1e4})
    play.pieces["fast"] = range(9)
    play.run(20)
    assert play.shut == set()


def test_all_come_back_when_nobody_else_has_a_wanted_piece() -> None:
    play = Play({"fast": 2e6, "slow": 1e4})
    play.run(3)
    assert play.shut == {"slow"}
    play.pieces["fast"] = range(9)
    play.run(TICK)
    assert play.shut == set()


def test_a_slow_peer_may_prove_itself_after_a_while() -> None:
    play = Play({"fast": 2e6, "slow": 1e4})
    play.run(3)
    play.rates["slow"] = 1e6
    play.run(BACK_AFTER - 3)
    assert play.shut == {"slow"}
    play.run(9)
    assert play.shut == set()


def test_all_come_back_when_the_swarm_grows_slow() -> None:
    play = Play({"fast": 2e6, "good": 1e6, "slow": 1e4})
    play.run(5)
    assert play.shut == {"slow"}
    del play.rates["fast"]
    play.run(TICK)
    assert play.shut == set()


@given(
    st.dictionaries(st.text(max_size=2), st.floats(0, 1e7), min_size=1, max_size=30),
    st.sampled_from([MIB // 64, MIB, 16 * MIB]),
)
def test_little_is_lost_and_somebody_stays(rates: dict[str, float], piece_length: int) -> None:
    play = Play(rates, piece_length)
    play.run(4)
    assert len(play.shut) < len(rates)
    lost = sum(sentence.rate for sentence in play.judge.shut.values())
    assert lost <= MAX_LOSS * sum(rates.values()) * 1.01
    best = max(rates.values())
    assert all(rates[host] < best / 5 for host in play.shut)


@pytest.mark.parametrize(("rate", "worse"), [(0, True), (1e5, True), (3e5, False)])
def test_whoever_is_silent_or_slow_is_worse(rate: float, worse: bool) -> None:
    play = Play({"held": 1e6, "free": 1e6}, piece_length=16 * MIB)
    play.run(1)
    play.rates["held"] = rate
    play.run(1 if not rate else 30)
    assert play.judge.find_worse({"held", "unknown"}, {"free"}) == ({"held"} if worse else set())


def test_who_was_shut_out_by_others_comes_back_in_time() -> None:
    play = Play({"one": 1e6, "other": 1e6})
    play.judge.shut_out({"one"}, play.now + 2)
    play.run(1)
    assert play.shut == {"one"}
    play.run(2)
    assert play.shut == set()
