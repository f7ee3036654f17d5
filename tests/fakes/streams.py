"""A `Streams` over a tree built by hand, with readers that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from momoshtrem.services.streams import Streams
from momoshtrem.vfs.tree import File, Tree

LIMIT = 30.0
ZEROS = bytes(256 * 1024)


@dataclass
class Script:
    """How the readers of one file behave.

    Without `content` they give zeros. They raise `error` at the offset `fail_at`, end at `end_at`, and wait
    for ever at `wait_at`. With `false` what they gave proves wrong when it is checked.
    """

    content: bytes | None = None
    fail_at: int | None = None
    error: Exception = field(default_factory=RuntimeError)
    end_at: int | None = None
    wait_at: int | None = None
    false: Exception | None = None


class FakeReader:
    """Records where it was read and that it was closed."""

    def __init__(self, size: int, script: Script) -> None:
        self._size = size
        self._script = script
        self.reads: list[int] = []
        self.waiting = asyncio.Event()
        self.closed = asyncio.Event()

    @property
    def size(self) -> int:
        return self._size

    async def read(self, offset: int, limit: int) -> bytes:
        assert not self.closed.is_set()
        self.reads.append(offset)
        script = self._script
        if script.fail_at is not None and offset >= script.fail_at:
            raise script.error
        if script.wait_at is not None and offset >= script.wait_at:
            self.waiting.set()
            await asyncio.Event().wait()
        end = self._size if script.end_at is None else script.end_at
        stop = min(offset + limit, end, *(at for at in (script.fail_at, script.wait_at) if at))
        if script.content is None:
            return ZEROS[: max(0, stop - offset)]
        return script.content[offset:stop]

    async def check(self) -> None:
        if self._script.false:
            raise self._script.false

    def close(self) -> None:
        self.closed.set()

    async def wait_closed(self) -> None:
        async with asyncio.timeout(LIMIT):
            await self.closed.wait()


class FakeStreams(Streams):
    """Serves `tree`; `scripts` are by file name, `readers` are all that were opened."""

    def __init__(self, tree: Tree, scripts: Mapping[str, Script]) -> None:
        self._tree = tree
        self._scripts = scripts
        self._opened = asyncio.Condition()
        self.replaced: dict[str, File] = {}
        self.readers: list[FakeReader] = []

    @property
    def tree(self) -> Tree:
        return self._tree

    async def open(self, file: File) -> FakeReader:
        reader = FakeReader(file.size, self._scripts.get(file.name, Script()))
        async with self._opened:
            self.readers.append(reader)
            self._opened.notify_all()
        return reader

    async def settle(self, path: str, file: File) -> File:
        """What `replaced` has in the place of a file, by its name."""
        return self.replaced.get(file.name, file)

    async def wait_opened(self, count: int) -> FakeReader:
        """The reader opened as the `count`th, once it is."""
        async with asyncio.timeout(LIMIT), self._opened:
            await self._opened.wait_for(lambda: len(self.readers) >= count)
        return self.readers[count - 1]
