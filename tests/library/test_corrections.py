from __future__ import annotations

import pytest

from momoshtrem.errors import NotFound
from momoshtrem.library import corrections, shows
from momoshtrem.library.database import Database
from momoshtrem.model.media import Correction, NewShow
from tests.library.samples import fill

RULE = Correction("subs", 1, 13, 2, 1)
WITHOUT_SEASON = Correction("subs", None, 13, 2, 1)
SHOW = 1


@pytest.fixture
async def filled(db: Database) -> Database:
    await db.run(fill)
    return db


async def test_a_rule_is_kept_and_found(filled: Database) -> None:
    other, _ = await filled.run(shows.insert, NewShow("Other"))
    stored = [await filled.run(corrections.put, SHOW, rule) for rule in (RULE, WITHOUT_SEASON)]
    await filled.run(corrections.put, other.id, RULE)
    assert [one.rule for one in stored] == [RULE, WITHOUT_SEASON]
    assert await filled.run(corrections.find_for_show, SHOW) == stored[::-1]


@pytest.mark.parametrize("season", [1, None, 0])
async def test_a_later_rule_for_the_same_number_replaces_it(filled: Database, season: int | None) -> None:
    await filled.run(corrections.put, SHOW, Correction("subs", season, 13, 2, 1))
    later = await filled.run(corrections.put, SHOW, Correction("subs", season, 13, 2, 2))
    other = await filled.run(corrections.put, SHOW, Correction("subs", season, 14, 2, 1))
    assert await filled.run(corrections.find_for_show, SHOW) == [later, other]


async def test_delete(filled: Database) -> None:
    stored = await filled.run(corrections.put, SHOW, RULE)
    with pytest.raises(NotFound, match="show 2 has no correction"):
        await filled.run(corrections.delete, 2, stored.id)
    await filled.run(corrections.delete, SHOW, stored.id)
    assert await filled.run(corrections.find_for_show, SHOW) == []
    with pytest.raises(NotFound):
        await filled.run(corrections.delete, SHOW, stored.id)


async def test_a_show_takes_its_rules_along(filled: Database) -> None:
    await filled.run(corrections.put, SHOW, RULE)
    await filled.run(shows.delete, SHOW)
    assert await filled.run(corrections.find_for_show, SHOW) == []
