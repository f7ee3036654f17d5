"""Work on many entries that leaves the loop free for others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

SLICE = 64


async def make_in_slices(make: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """What `make` gives for each item; after each slice other tasks have their turn."""
    made: list[Made] = []
    rest = iter(items)
    while part := [make(item) for item in islice(rest, SLICE)]:
        made += part
        await asyncio.sleep(0)
    return made
