"""MPEG transport streams (ISO 13818-1), with packets of 188 bytes, or 192 on Blu-ray discs.

There is no index. Players read far into the head, and the last packets for the duration, which the clock
(PCR) of one program tells as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from momoshtrem.torrents.containers.outline import TS_HEAD, TS_TAIL, Outline, Steps

SYNC = 0x47
LAYOUTS = ((188, 0), (192, 4))
"""Length of a packet, and what stands in it before the part of 188 bytes."""
SURE_AFTER = 8
CLOCK_RATE, CLOCK_WRAPS = 90_000, 2**33
SEARCHED = 2**18


def matches(head: bytes) -> bool:
    return _find_layout(head) is not None


def parse(outline: Outline) -> Steps[None]:
    """The difference of the first and the last clock of one program."""
    outline.set_head(TS_HEAD)
    outline.set_index(range(outline.size - TS_TAIL, outline.size))
    front = yield range(SEARCHED)
    layout = _find_layout(front)
    first = next(_parse_clocks(front, layout), None) if layout else None
    if layout is None or first is None:
        return
    length = layout[0]
    tail = yield range(max(0, outline.size - TS_TAIL) // length * length, outline.size)
    last = [clock for pid, clock in _parse_clocks(tail, layout) if pid == first[0]]
    if last:
        outline.set_duration((last[-1] - first[1]) % CLOCK_WRAPS / CLOCK_RATE)


def _find_layout(head: bytes) -> tuple[int, int] | None:
    for length, skipped in LAYOUTS:
        marks = head[skipped : skipped + SURE_AFTER * length : length]
        if marks == bytes([SYNC]) * SURE_AFTER:
            return length, skipped
    return None


def _parse_clocks(content: bytes, layout: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The stream and the value of each clock, for whole packets only."""
    length, skipped = layout
    for start in range(skipped, len(content) - 187, length):
        packet = content[start : start + 12]
        has_clock = packet[3] & 0x20 and packet[4] >= 7 and packet[5] & 0x10
        if packet[0] == SYNC and has_clock:
            pid = int.from_bytes(packet[1:3], "big") & 0x1FFF
            yield pid, int.from_bytes(packet[6:11], "big") >> 7
