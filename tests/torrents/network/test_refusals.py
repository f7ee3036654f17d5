from __future__ import annotations

import asyncio

import libtorrent as lt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.network import refusals as module
from momoshtrem.torrents.network.refusals import BLOCKED, Refusals, make_filter

HOSTS = [f"192.0.2.{number}" for number in range(1, 8)]
LISTED = ("192.0.2.3", "192.0.2.5")


class Recorder(lt.session):
    """`taken` is what each host was told with the last filter."""

    def __init__(self) -> None:
        self.taken: dict[str, int] = {}

    def set_ip_filter(self, blocked: lt.ip_filter) -> None:
        self.taken = {host: blocked.access(host) for host in [*HOSTS, "2001:db8::1"]}

    @property
    def refused(self) -> list[str]:
        return [host for host, access in self.taken.items() if access == BLOCKED]


def make_list() -> lt.ip_filter:
    blocked = make_filter()
    blocked.add_rule(*LISTED, BLOCKED)
    return blocked


def test_of_an_address_family_all_may_be_blocked() -> None:
    blocked = make_filter(ipv6=False)
    assert [blocked.access(host) for host in ("::", "2001:db8::1", "192.0.2.1")] == [BLOCKED, BLOCKED, 0]


async def test_without_ipv6_it_is_refused_from_the_start() -> None:
    session = Recorder()
    Refusals(session, ipv6=False)
    assert session.refused == ["2001:db8::1"]


@pytest.mark.parametrize("few", [0, 1000])
async def test_who_is_let_back_is_still_on_the_list(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW", few)
    session = Recorder()
    refusals = Refusals(session)
    await refusals.refuse(frozenset({"192.0.2.1", "192.0.2.4"}))
    assert session.refused == ["192.0.2.1", "192.0.2.4"]
    await refusals.block(make_list(), 1)
    assert session.refused == ["192.0.2.1", "192.0.2.3", "192.0.2.4", "192.0.2.5"]
    await refusals.refuse(frozenset())
    assert session.refused == ["192.0.2.3", "192.0.2.4", "192.0.2.5"]


@given(st.lists(st.one_of(st.none(), st.frozensets(st.sampled_from(HOSTS))), max_size=8))
def test_it_is_always_the_list_and_the_last_hosts(steps: list[frozenset[str] | None]) -> None:
    """None is a new list."""
    asyncio.run(walk(steps))


async def walk(steps: list[frozenset[str] | None]) -> None:
    session = Recorder()
    refusals = Refusals(session)
    listed, hosts = set(), frozenset[str]()
    for step in steps:
        if step is None:
            listed = {"192.0.2.3", "192.0.2.4", "192.0.2.5"}
            await refusals.block(make_list(), 1)
        else:
            hosts = step
            await refusals.refuse(hosts)
    assert set(session.refused) == listed | hosts
