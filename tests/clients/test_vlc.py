"""VLC, told what to do over its remote control."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from momoshtrem.spawn import LOOPBACK, find_free_ports
from tests.clients.conftest import Film
from tests.clients.programs import PLAIN_USER, client, plain_home, running, until

pytestmark = client("cvlc")

PROMPT = b"> "


@dataclass(frozen=True, slots=True)
class Vlc:
    reader: StreamReader
    writer: StreamWriter

    async def ask(self, command: str) -> str:
        self.writer.write(command.encode() + b"\n")
        return await self.hear()

    async def hear(self) -> str:
        said = await self.reader.readuntil(PROMPT)
        return said.removesuffix(PROMPT).decode().strip()

    async def time(self) -> int:
        """Whole seconds of the film; 0 before it plays."""
        return int(await self.ask("get_time") or 0)


@asynccontextmanager
async def start_vlc(url: str) -> AsyncIterator[Vlc]:
    (port,) = find_free_ports(1)
    options = f"-I rc --rc-host {LOOPBACK}:{port} --vout dummy --aout dummy".split()
    with plain_home() as home:
        async with running("cvlc", *options, url, environment=home, user=PLAIN_USER):
            reader, writer = await until(lambda: connect(port))
            try:
                vlc = Vlc(reader, writer)
                await vlc.hear()
                yield vlc
            finally:
                writer.close()
                await writer.wait_closed()


async def connect(port: int) -> tuple[StreamReader, StreamWriter] | None:
    try:
        return await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return None


async def test_a_film_plays_is_sought_in_and_stopped(film: Film) -> None:
    async with start_vlc(film.login_url) as vlc:
        await until(lambda: is_past(vlc, 0))
        assert await vlc.ask("get_length") == "240"

        await vlc.ask("seek 50%")

        await until(lambda: is_past(vlc, 121))
        assert await vlc.time() < 130
        await vlc.ask("stop")
        await until(lambda: has_stopped(vlc))
        await until(film.is_left)


async def is_past(vlc: Vlc, seconds: int) -> bool:
    return await vlc.time() > seconds


async def has_stopped(vlc: Vlc) -> bool:
    return await vlc.ask("is_playing") == "0"
