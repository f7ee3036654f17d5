"""Networks of their own (Linux, root): interfaces come and go there, and nobody else notices.

with Network() as here, Network() as far:
    here.link(far, "tun0", "10.94.1")       both have a tun0 then, here 10.94.1.1, far 10.94.1.2
    here.ip("link", "del", "tun0")          any command of iproute2
    far.run(function, argument)             in a thread whose sockets and programs are there
    with here.listen("tun0") as packets:    what crosses an interface
        packets.list_sent()
    with far.hold(open_server()) as server: an asynchronous context, on a loop there
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from ipaddress import ip_address
from pathlib import Path
from typing import ParamSpec, Self, TypeVar

import pytest

P = ParamSpec("P")
T = TypeVar("T")

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD
TCP, UDP = 6, 17
LIMIT = 60.0
"""Seconds."""


class Network:
    """A network namespace. It is gone when the context ends, with all that is in it."""

    def __enter__(self) -> Self:
        with ThreadPoolExecutor(1) as thread:
            self._fd = thread.submit(_make).result(LIMIT)
        self.ip("link", "set", "lo", "up")
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it in a thread there."""
        with ThreadPoolExecutor(1, initializer=_enter, initargs=(self._fd,)) as thread:
            return thread.submit(function, *args, **kwargs).result(LIMIT)

    def ip(self, *arguments: str) -> None:
        self.run(subprocess.run, ["ip", *arguments], check=True)

    def link(self, far: Network, name: str, net: str) -> None:
        """Join both by a wire, whose ends have the same name."""
        place = f"/proc/{os.getpid()}/fd/{far._fd}"
        self.ip("link", "add", name, "type", "veth", "peer", "name", name, "netns", place)
        for network, number in ((self, 1), (far, 2)):
            network.ip("addr", "add", f"{net}.{number}/24", "dev", name)
            network.ip("link", "set", name, "up")

    @contextlib.contextmanager
    def listen(self, name: str) -> Iterator[Packets]:
        opened = self.run(socket.socket, socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        with opened as end:
            end.bind((name, 0))
            end.setblocking(False)
            yield Packets(end)

    @contextlib.contextmanager
    def hold(self, context: AbstractAsyncContextManager[T]) -> Iterator[T]:
        """Enter a context on a loop there, and leave it at the end."""
        entered: Future[tuple[T, Callable[[], object]]] = Future()

        async def stay() -> None:
            left, loop = asyncio.Event(), asyncio.get_running_loop()
            async with context as value:
                entered.set_result((value, lambda: loop.call_soon_threadsafe(left.set)))
                await left.wait()

        with ThreadPoolExecutor(1, initializer=_enter, initargs=(self._fd,)) as thread:
            staying = thread.submit(asyncio.run, stay())
            staying.add_done_callback(lambda done: _pass_on(done, entered))
            value, leave = entered.result(LIMIT)
            try:
                yield value
            finally:
                leave()
                staying.result(LIMIT)


class Packets:
    """What crosses an interface, as far as it carries TCP or UDP."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def list_sent(self) -> list[str]:
        """Where what was sent since the last call went, and by which protocol."""
        sent = []
        with contextlib.suppress(BlockingIOError):
            while True:
                packet, (_, kind, way, *_) = self._end.recvfrom(100)
                if way == socket.PACKET_OUTGOING and (found := _describe(kind, packet)):
                    sent.append(found)
        return sent


def needs_networks() -> pytest.MarkDecorator:
    """Tests that make networks are skipped where that is not possible, with the reason."""
    return pytest.mark.skipif(_find_lack() is not None, reason=_find_lack() or "")


def _find_lack() -> str | None:
    if not shutil.which("ip"):
        return None if os.environ.get("MOMOSHTREM_ALL_TOOLS") else "not installed: ip"
    effective = next(
        line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "CapEff" in line
    )
    return None if int(effective, 16) >> CAP_SYS_ADMIN & 1 else "networks are made by root only"


CAP_SYS_ADMIN = 21


def _describe(kind: int, packet: bytes) -> str | None:
    if kind == ETH_P_IP:
        protocol, to = packet[9], packet[16:20]
    elif kind == ETH_P_IPV6:
        protocol, to = packet[6], packet[24:40]
    else:
        return None
    name = {TCP: "tcp", UDP: "udp"}.get(protocol)
    return f"{name} {ip_address(to)}" if name else None


def _make() -> int:
    _check(LIBC.unshare(CLONE_NEWNET))
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _enter(fd: int) -> None:
    _check(LIBC.setns(fd, CLONE_NEWNET))


def _check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _pass_on(done: Future[None], entered: Future[T]) -> None:
    """An error before the context was entered ends the wait for it."""
    if (error := done.exception()) and not entered.done():
        entered.set_exception(error)
