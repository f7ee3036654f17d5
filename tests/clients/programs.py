"""Programs of others: which are there, and running them without leaving anything behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

LIMIT = 60.0
"""Seconds; a busy machine takes its time."""
ALL_TOOLS = bool(os.environ.get("MOMOSHTREM_ALL_TOOLS"))
PLAIN_USER = "nobody" if os.geteuid() == 0 else None
"""For programs that refuse to run as root."""

needs_fuse = pytest.mark.skipif(not Path("/dev/fuse").exists(), reason="this machine has no FUSE")


def client(*programs: str | Path) -> list[pytest.MarkDecorator]:
    """The marks of a client's tests: one loop with their server, and the programs they need."""
    return [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(2 * LIMIT), needs(*programs)]


def needs(*programs: str | Path) -> pytest.MarkDecorator:
    """A missing program skips the tests; with MOMOSHTREM_ALL_TOOLS it makes them fail."""
    missing = [str(each) for each in programs if not (shutil.which(each) or Path(each).exists())]
    return pytest.mark.skipif(bool(missing) and not ALL_TOOLS, reason=f"not installed: {', '.join(missing)}")


@asynccontextmanager
async def running(
    *command: str | Path,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
    pipe: int = DEVNULL,
) -> AsyncIterator[Process]:
    """A program and all it starts, for as long as the context lasts."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **(environment or {})},
        user=user,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        await _end(process)


@contextmanager
def plain_home(files: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """A home of PLAIN_USER with these files in it, as environment."""
    with tempfile.TemporaryDirectory() as home:
        for name, text in (files or {}).items():
            path = Path(home, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        if PLAIN_USER:
            for each in [Path(home), *Path(home).rglob("*")]:
                shutil.chown(each, PLAIN_USER)
        yield {"HOME": home, "XDG_RUNTIME_DIR": home}


async def run(*command: str | Path, said: str = "", environment: Mapping[str, str] | None = None) -> bytes:
    """What a program wrote to its output, given `said` on its input. It must not fail."""
    async with asyncio.timeout(LIMIT), running(*command, environment=environment, pipe=PIPE) as process:
        output, errors = await process.communicate(said.encode())
    assert process.returncode == 0, f"{command[0]}: {errors.decode()}"
    return output


async def until(condition: Callable[[], Awaitable[T | None]]) -> T:
    """Ask again and again until the answer is true; gives that answer."""
    async with asyncio.timeout(LIMIT):
        while not (answer := await condition()):
            await asyncio.sleep(0.05)
    return answer


def read_tail(path: Path) -> bytes:
    """The last 500 kB, where the index of a film is."""
    with path.open("rb") as file:
        file.seek(-500_000, os.SEEK_END)
        return file.read()


async def _end(process: Process) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await process.communicate()
