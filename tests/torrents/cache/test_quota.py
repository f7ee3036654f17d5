from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.cache.quota import MAX_RESERVE, Quota

A, B = "aa" * 20, "bb" * 20
sizes = st.integers(0, 1000)


def test_what_is_granted_counts_at_once() -> None:
    quota = Quota(160)
    quota.tell_size(A, 100)
    assert quota.grant(A, 50, urgent=True)
    assert (quota.committed, quota.room(), quota.sizes) == (150, 10, {A: 150})
    assert not quota.grant(B, 11, urgent=True)
    assert (quota.committed, quota.sizes) == (150, {A: 150})


def test_the_last_reserve_is_for_those_who_wait() -> None:
    quota = Quota(320)
    assert quota.reserve() == 10
    assert quota.grant(A, 310, urgent=False)
    assert not quota.grant(A, 1, urgent=False)
    assert quota.grant(A, 10, urgent=True)
    assert not quota.grant(A, 1, urgent=True)


def test_the_reserve_of_a_large_cache_is_no_larger_than_it_need_be() -> None:
    assert Quota(1000 * MAX_RESERVE).reserve() == MAX_RESERVE


def test_the_reserve_is_a_share_of_what_the_disk_can_give() -> None:
    quota = Quota(10_000, min_free=100)
    quota.tell_free(420, quota.settled)
    assert (quota.room(), quota.reserve()) == (320, 10)
    quota.tell_free(0, quota.settled)
    assert (quota.room(), quota.reserve()) == (-100, 0)


def test_a_measured_size_is_all_that_counts() -> None:
    quota = Quota(1000)
    quota.grant(A, 300, urgent=True)
    quota.finish(A, 100)
    quota.tell_size(A, 120)
    assert (quota.committed, quota.sizes) == (120, {A: 120})
    quota.tell_size(A, 0)
    assert (quota.committed, quota.sizes) == (0, {})


def test_what_is_not_written_yet_is_not_free() -> None:
    quota = Quota(10_000, min_free=100)
    quota.tell_free(1100, quota.settled)
    assert quota.grant(A, 400, urgent=True)
    assert quota.room() == 600
    quota.finish(A, 400)
    assert quota.room() == 600  # how much is free was seen before
    quota.tell_free(700, quota.settled)
    assert quota.room() == 600


def test_what_was_written_while_the_disk_was_looked_at_counts_twice() -> None:
    quota = Quota(10_000)
    quota.grant(A, 400, urgent=True)
    settled = quota.settled
    quota.finish(A, 400)
    quota.tell_free(600, settled)
    assert quota.room() == 200
    quota.tell_free(600, quota.settled)
    assert quota.room() == 600


def test_what_will_not_come_is_not_waited_for() -> None:
    quota = Quota(10_000)
    quota.grant(A, 400, urgent=True)
    quota.tell_size(A, 30)
    quota.tell_free(1000, quota.settled)
    assert quota.room() == 1000


def test_room_is_made_before_the_reserve_is_needed() -> None:
    quota = Quota(320)
    quota.tell_size(A, 300)
    assert quota.take_need() == 0
    quota.tell_size(A, 301)
    assert quota.take_need() == 11
    quota.tell_size(A, 360)
    assert quota.take_need() == 70


def test_who_was_refused_is_needed_for_once() -> None:
    quota = Quota(320)
    quota.tell_size(A, 260)
    assert not quota.grant(B, 80, urgent=True)
    assert quota.is_waited_for
    assert quota.take_need() == 20
    assert quota.take_need() == 0
    assert not quota.grant(B, 70, urgent=False)
    assert quota.take_need() == 20


def test_what_never_fits_evicts_nothing() -> None:
    quota = Quota(160)
    quota.tell_size(A, 100)
    assert not quota.grant(B, 161, urgent=True)
    assert quota.take_need() == 0


def test_a_lowered_quota_needs_what_is_too_much() -> None:
    quota = Quota(160)
    quota.tell_size(A, 120)
    quota.max_size = 96
    assert quota.room() == -24
    assert not quota.grant(A, 1, urgent=True)
    assert quota.take_need() == 33


@given(sizes, sizes, sizes, sizes, st.booleans())
def test_no_grant_goes_over_what_there_is(
    max_size: int, min_free: int, free: int, cost: int, urgent: bool
) -> None:
    quota = Quota(max_size, min_free)
    quota.tell_free(free, quota.settled)
    granted = quota.grant(A, cost, urgent=urgent)
    assert granted <= (cost <= max_size and free - cost >= min_free)
    assert quota.committed == (cost if granted else 0)


@given(sizes, sizes, st.lists(sizes), sizes)
def test_what_is_needed_is_enough(max_size: int, used: int, refused: list[int], free: int) -> None:
    quota = Quota(max_size)
    quota.tell_size(A, used)
    quota.tell_free(free, quota.settled)
    fits = [cost for cost in refused if cost <= quota.committed + quota.room()]
    granted = [quota.grant(B, cost, urgent=True) for cost in refused]
    if not any(granted):
        need = quota.take_need()
        quota.tell_size(A, used - need)
        quota.tell_free(free + need, quota.settled)
        assert all(cost <= quota.room() for cost in fits)
