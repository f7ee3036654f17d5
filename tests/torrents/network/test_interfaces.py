from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.network.interfaces import (
    ANYWHERE,
    ANYWHERE_V4,
    Address,
    Binding,
    find_binding,
    list_addresses,
)

LO, ETH, TUN = "lo", "eth0", "tun0"
HERE = (
    Address(LO, ""),
    Address(ETH, ""),
    Address(TUN, ""),
    Address(LO, "127.0.0.1"),
    Address(ETH, "192.0.2.5"),
    Address(ETH, "192.0.2.6"),
    Address(ETH, "2001:db8::5"),
    Address(ETH, "fe80::1"),
    Address(TUN, "198.51.100.2"),
)


def without(*devices: str) -> list[Address]:
    return [each for each in HERE if each.device not in devices]


def test_without_a_wish_it_is_all() -> None:
    assert (find_binding((), HERE), find_binding((), (), ipv6=False)) == (ANYWHERE, ANYWHERE_V4)


@pytest.mark.parametrize(
    ("wanted", "listen", "outgoing"),
    [
        ((TUN,), ("198.51.100.2",), (TUN,)),
        ((ETH,), ("192.0.2.5", "192.0.2.6", "2001:db8::5"), (ETH, "192.0.2.6")),
        (("192.0.2.5",), ("192.0.2.5",), (ETH,)),
        (("192.0.2.6",), ("192.0.2.6",), ("192.0.2.6",)),
        (("2001:db8::5",), ("2001:db8::5",), (ETH,)),
        (("127.0.0.1",), ("127.0.0.1",), ("127.0.0.1",)),
        ((TUN, "192.0.2.5", "wg0"), ("198.51.100.2", "192.0.2.5"), (TUN, ETH)),
    ],
)
def test_what_is_listened_on_and_connected_from(
    wanted: tuple[str, ...], listen: tuple[str, ...], outgoing: tuple[str, ...]
) -> None:
    assert find_binding(wanted, HERE) == Binding(listen, outgoing)


def test_without_ipv6_only_the_other_version_counts() -> None:
    assert find_binding((ETH,), HERE, ipv6=False).listen == ("192.0.2.5", "192.0.2.6")
    assert find_binding(("2001:db8::5",), HERE, ipv6=False).problem is not None


@pytest.mark.parametrize(
    ("wanted", "here", "said"),
    [
        ((TUN,), without(TUN), "The interface tun0 is gone"),
        ((TUN,), [*without(TUN), Address(TUN, "", up=False)], "The interface tun0 is down"),
        ((TUN,), [*without(TUN), Address(TUN, "198.51.100.2", up=False)], "The interface tun0 is down"),
        ((TUN,), [*without(TUN), Address(TUN, "")], "The interface tun0 has no address"),
        ((TUN,), [*without(TUN), Address(TUN, "fe80::2")], "The interface tun0 has no address"),
        (("198.51.100.2",), without(TUN), "The interface 198.51.100.2 is gone"),
        ((TUN, "wg0"), without(TUN), "None of the interfaces tun0, wg0 is there"),
    ],
)
def test_what_is_gone_is_named(wanted: tuple[str, ...], here: list[Address], said: str) -> None:
    found = find_binding(wanted, here)
    assert (found.listen, found.outgoing) == ((), wanted)
    assert found.problem == f"{said}: nothing is downloaded until it is back."


@given(
    st.lists(st.sampled_from((TUN, ETH, "wg0", "192.0.2.6", "2001:db8::5")), min_size=1, max_size=3),
    st.lists(st.sampled_from(HERE)),
    st.booleans(),
)
def test_nothing_but_what_is_wanted_is_ever_used(wanted: list[str], here: list[Address], ipv6: bool) -> None:
    found = find_binding(wanted, here, ipv6=ipv6)
    allowed = {each.ip for each in here if each.device in wanted or each.ip in wanted}
    assert set(found.listen) <= allowed
    assert found.outgoing
    devices = {each.device for each in here if each.ip in found.listen}
    assert set(found.outgoing) <= devices | set(found.listen) | set(wanted)
    assert (found.problem is None) == bool(found.listen)


def test_the_addresses_of_this_machine() -> None:
    here = list_addresses()
    assert Address(LO, "127.0.0.1") in here
    assert {name for _, name in socket.if_nameindex()} <= {each.device for each in here}
