"""mpv, told what to do over its socket (JSON IPC)."""

from __future__ import annotations

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.conftest import Film
from tests.clients.programs import client, running, until

pytestmark = client("mpv")


@dataclass(frozen=True, slots=True)
class Mpv:
    reader: StreamReader
    writer: StreamWriter

    async def ask(self, *command: str | float) -> Any:
        """The answer's `data`: None where there is nothing to tell. Events in between are passed over."""
        self.writer.write(json.dumps({"command": command}).encode() + b"\n")
        while "error" not in (answer := json.loads(await self.reader.readline())):
            pass
        return answer.get("data")

    async def time(self) -> float:
        """Seconds of the film; 0 before it plays."""
        return await self.ask("get_property", "time-pos") or 0.0


@asynccontextmanager
async def start_mpv(socket: Path) -> AsyncIterator[Mpv]:
    options = ["--no-config", "--idle", "--vo=null", "--ao=null"]
    async with running("mpv", *options, f"--input-ipc-server={socket}"):
        await until(lambda: asyncio.to_thread(socket.exists))
        reader, writer = await asyncio.open_unix_connection(socket)
        try:
            yield Mpv(reader, writer)
        finally:
            writer.close()
            await writer.wait_closed()


async def test_a_film_plays_is_sought_in_and_stopped(film: Film, tmp_path: Path) -> None:
    async with start_mpv(tmp_path / "socket") as mpv:
        await mpv.ask("loadfile", film.login_url)
        await until(lambda: is_past(mpv, 0.5))

        await mpv.ask("seek", 50, "absolute-percent")

        await until(lambda: is_past(mpv, 121))
        assert await mpv.time() < 130
        await mpv.ask("stop")
        await until(lambda: mpv.ask("get_property", "idle-active"))
        await until(film.is_left)


async def is_past(mpv: Mpv, seconds: float) -> bool:
    return await mpv.time() > seconds
