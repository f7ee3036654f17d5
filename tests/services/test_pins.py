from __future__ import annotations

from datetime import datetime

import pytest

from momoshtrem.errors import Conflict, NotFound
from momoshtrem.events import MovieChanged
from momoshtrem.library import movies, pins, shows
from momoshtrem.library.database import Database
from momoshtrem.library.pins import Kind
from momoshtrem.services.pins import Pins
from tests.library.samples import HASH_A, HASH_B, Recorder, assign, assignment, fill
from tests.services.rig import Rig, files_of

SIZE = 10**9
ENOUGH = 100 * SIZE
EXACT = -(-SIZE * 10 // 9)
"""The smallest cache in which one file can be pinned."""
ITEMS: tuple[tuple[Kind, int], ...] = (("movie", 1), ("show", 1), ("episode", 1))


@pytest.fixture
async def filled(db: Database) -> Database:
    await db.run(fill)
    await db.run(assign, assignment(HASH_A, 0, movie_id=1), assignment(HASH_A, 1, episode_id=1))
    return db


async def test_a_pin_is_set_and_taken_off_as_often_as_you_like(filled: Database) -> None:
    service = Pins(filled, ENOUGH)
    for pinned in (True, False):
        for _ in range(2):
            await (service.pin if pinned else service.unpin)("movie", 1)
            assert (await filled.run(movies.get, 1)).pinned == pinned


@pytest.mark.parametrize("kind", ["movie", "show", "episode"])
async def test_what_is_not_there(filled: Database, kind: Kind) -> None:
    for act in (Pins(filled, ENOUGH).pin, Pins(filled, ENOUGH).unpin):
        with pytest.raises(NotFound, match=f"no {kind} 99"):
            await act(kind, 99)


@pytest.mark.parametrize(("kind", "item_id"), ITEMS)
async def test_one_file_has_nine_tenths_of_the_cache(filled: Database, kind: Kind, item_id: int) -> None:
    with pytest.raises(Conflict, match=r"953 MiB, and 953 MiB \(90 % of cache.max_size\)"):
        await Pins(filled, EXACT - 1).pin(kind, item_id)
    assert await filled.run(pins.measure) == 0
    await Pins(filled, EXACT).pin(kind, item_id)
    assert await filled.run(pins.measure) == SIZE


async def test_all_pinned_files_count_together(filled: Database, recorder: Recorder) -> None:
    service = Pins(filled, EXACT)
    await service.pin("movie", 1)
    recorder.take()
    with pytest.raises(Conflict, match=r"With this, .* 1,907 MiB, .* unpin something or raise"):
        await service.pin("show", 1)
    assert not (await filled.run(shows.get, 1)).pinned
    assert recorder.take() == []
    await service.unpin("movie", 1)
    assert recorder.take() == [MovieChanged(1)]
    await service.pin("show", 1)


async def test_what_adds_no_bytes_is_never_refused(filled: Database) -> None:
    await Pins(filled, EXACT).pin("show", 1)
    tight = Pins(filled, 0)
    await tight.pin("show", 1)
    await tight.pin("episode", 1)
    await tight.pin("episode", 2)
    with pytest.raises(Conflict):
        await tight.pin("movie", 1)


async def test_the_tree_is_as_it_was(rig: Rig) -> None:
    await rig.db.run(fill)
    await rig.db.run(assign, assignment(HASH_A, 0, movie_id=1), assignment(HASH_B, 1, episode_id=1))
    before = look_at(rig)
    assert len(before) == 2
    for kind, item_id in ITEMS:
        await Pins(rig.db, ENOUGH).pin(kind, item_id)
        assert look_at(rig) == before


def look_at(rig: Rig) -> list[tuple[str, str, datetime]]:
    """What a player sees of each file: path, tag and time."""
    return [(path, file.etag, file.modified) for path, file in files_of(rig.tree).items()]
