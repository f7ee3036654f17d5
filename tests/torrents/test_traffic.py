from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.model.stored import Traffic
from momoshtrem.torrents.traffic import TrafficMeter

BYTES = st.integers(0, 10**9)


def test_each_time_in_the_session_is_added() -> None:
    meter = TrafficMeter(Traffic(5, 50, 1.0))
    meter.count(1, 10)
    meter.count(2, 20)
    meter.leave()
    meter.count(4, 40)
    meter.stay(3.0)
    assert meter.total == Traffic(11, 110, 4.0)
    assert (meter.downloaded, meter.saved) == (60, Traffic(5, 50, 1.0))


@given(st.lists(st.tuples(BYTES, BYTES, st.booleans())))
def test_no_total_ever_shrinks(told: list[tuple[int, int, bool]]) -> None:
    meter = TrafficMeter(Traffic())
    for uploaded, downloaded, leaves in told:
        before = meter.total
        meter.count(uploaded, downloaded)
        if leaves:
            meter.leave()
        assert meter.total.uploaded >= before.uploaded
        assert meter.total.downloaded >= before.downloaded
