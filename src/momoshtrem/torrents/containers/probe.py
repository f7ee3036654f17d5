"""Finds the outline of a media file from as few of its bytes as possible, as they come out of the swarm.

It reads nothing itself: whoever holds it reads `wants` once those bytes are on disk, and feeds them. Any
bytes are fine; what cannot be understood stays as it was guessed.
"""

from __future__ import annotations

from collections.abc import Callable

from momoshtrem.torrents.containers import avi, matroska, mp4, mpegts
from momoshtrem.torrents.containers.outline import Outline, Steps, guess_outline

BLOCK = 16 * 2**10
MAX_REQUEST = 2**18
MAX_REQUESTS = 32
MAX_STEPS = 1024

FORMATS: tuple[tuple[Callable[[bytes], bool], Callable[[Outline], Steps[None]]], ...] = (
    (matroska.matches, matroska.parse),
    (mp4.matches, mp4.parse),
    (avi.matches, avi.parse),
    (mpegts.matches, mpegts.parse),
)


class Probe:
    """`outline` is what is known so far; `wants` are the bytes that would tell more, None at the end.

    At most MAX_REQUESTS times MAX_REQUEST bytes are wanted, and no bytes keep a parser busy for long. A wish
    ends where a block does, so that in most torrents no further piece is fetched for the few bytes after it.
    """

    def __init__(self, name: str, size: int) -> None:
        self.outline = guess_outline(name, size)
        self.wants: range | None = None
        self._asked = range(0)
        self._found: list[tuple[int, bytes]] = []
        self._steps = _parse(self.outline)
        self._ask(next(self._steps))

    def feed(self, found: bytes | bytearray) -> None:
        """The bytes at `wants`; fewer of them, or none, when they cannot be had."""
        if self.wants is None:
            return
        self._found.append((self.wants.start, bytes(found)))
        answer: bytes | None = bytes(found[: len(self._asked)])
        self.wants = None
        for _ in range(MAX_STEPS):
            if answer is None:
                return
            try:
                answer = self._ask(self._steps.send(answer))
            except StopIteration:
                return
        self._steps.close()

    def _ask(self, part: range) -> bytes | None:
        """What the parser asked for, if it is here; else it is wanted, as long as not too much was."""
        stop = min(part.stop, part.start + MAX_REQUEST, self.outline.size)
        if not 0 <= part.start < stop:
            return b""
        for start, found in self._found:
            if start <= part.start and stop <= start + len(found):
                return found[part.start - start : stop - start]
        if len(self._found) < MAX_REQUESTS:
            whole = min(stop + -stop % BLOCK, part.start + MAX_REQUEST, self.outline.size)
            self._asked, self.wants = range(part.start, stop), range(part.start, whole)
        return None


def _parse(outline: Outline) -> Steps[None]:
    head = yield range(BLOCK)
    for matches, parse in FORMATS:
        if matches(head):
            yield from parse(outline)
            return
