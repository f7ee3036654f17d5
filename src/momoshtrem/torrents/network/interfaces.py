"""The network interfaces of this machine, and which of them the swarm is to be reached by."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)
IFF_UP, IFF_RUNNING = 0x1, 0x40
PLACES = {
    int(socket.AF_INET): slice(4, 8),
    int(socket.AF_INET6): slice(8, 24),
    int(socket.AF_PACKET): slice(0, 0),
}
"""Where the address is in a `sockaddr`, by its family; a device has none of its own."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a device; `ip` is "" in the entry that each device has for itself."""

    device: str
    ip: str
    up: bool = True


@dataclass(frozen=True, slots=True)
class Binding:
    """What the swarm is reached by: addresses to listen on, and devices or addresses to connect from.

    `problem` is a sentence where there is none of them.
    """

    listen: tuple[str, ...]
    outgoing: tuple[str, ...]
    problem: str | None = None


ANYWHERE_V4, ANYWHERE = Binding(("0.0.0.0",), ()), Binding(("0.0.0.0", "::"), ())  # noqa: S104


def find_binding(wanted: Sequence[str], here: Collection[Address], *, ipv6: bool = True) -> Binding:
    """By names of devices and by addresses; by none of them it is all that there is.

    While none is here nothing is listened on, and connections from what is not here fail.
    """
    if not wanted:
        return ANYWHERE if ipv6 else ANYWHERE_V4
    usable = [each for each in here if each.up and _is_usable(each.ip, ipv6=ipv6)]
    found = [each for name in wanted for each in usable if name in (each.device, each.ip)]
    if not found:
        return Binding((), tuple(wanted), f"{_lack(wanted, here)}: nothing is downloaded until it is back.")
    listen = dict.fromkeys(each.ip for each in found)
    outgoing = dict.fromkeys(_origin(each, usable) for each in found)
    return Binding(tuple(listen), tuple(outgoing))


def _is_usable(ip: str, *, ipv6: bool) -> bool:
    if not ip:
        return False
    address = ip_address(ip)
    return address.version == 4 or (ipv6 and not address.is_link_local)


def _origin(address: Address, usable: Collection[Address]) -> str:
    """The device, since an address alone leaves the way to the routes of the system.

    Of several addresses libtorrent takes the first of a device; so another one is named itself. What comes
    from a loopback address cannot leave the machine.
    """
    version = ip_address(address.ip).version
    first = next(
        each.ip for each in usable if each.device == address.device and ip_address(each.ip).version == version
    )
    return address.device if address.ip == first and not ip_address(address.ip).is_loopback else address.ip


def _lack(wanted: Sequence[str], here: Collection[Address]) -> str:
    """What is wrong with the interfaces that are wanted."""
    if len(wanted) > 1:
        return f"None of the interfaces {', '.join(wanted)} is there"
    (name,) = wanted
    states = {each.up for each in here if name in (each.device, each.ip)}
    state = "is gone" if not states else "has no address" if any(states) else "is down"
    return f"The interface {name} {state}"


def list_addresses() -> list[Address]:
    """All addresses of this machine now (getifaddrs(3), Linux). Raises OSError."""
    head = ctypes.POINTER(Entry)()
    if LIBC.getifaddrs(ctypes.byref(head)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    try:
        return [address for entry in _walk(head) if (address := _read(entry))]
    finally:
        LIBC.freeifaddrs(head)


class Entry(ctypes.Structure):
    """`struct ifaddrs`, as far as it is read."""


Entry._fields_ = [
    ("next", ctypes.POINTER(Entry)),
    ("name", ctypes.c_char_p),
    ("flags", ctypes.c_uint),
    ("address", ctypes.c_void_p),
]


def _walk(entry: Any) -> Iterator[Any]:
    while entry:
        yield entry.contents
        entry = entry.contents.next


def _read(entry: Any) -> Address | None:
    """None for what is neither a device nor an address of the Internet."""
    if not entry.address:
        return None
    family = int.from_bytes(ctypes.string_at(entry.address, 2), sys.byteorder)
    if family not in PLACES:
        return None
    place = PLACES[family]
    packed = ctypes.string_at(entry.address, place.stop)[place]
    ip = str(ip_address(packed)) if packed else ""
    up = entry.flags & (IFF_UP | IFF_RUNNING) == IFF_UP | IFF_RUNNING
    return Address(entry.name.decode(errors="replace"), ip, up)
