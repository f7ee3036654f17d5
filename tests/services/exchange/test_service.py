from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from momoshtrem.errors import StorageFailed
from momoshtrem.events import Event, LibraryChanged
from momoshtrem.library import imports as library_imports
from momoshtrem.library import movies
from momoshtrem.model.media import NewMovie
from momoshtrem.services.exchange import imports, service
from momoshtrem.services.exchange.service import Exchange
from tests.services.exchange.stock import ALL, HEAD, MOVIE, add, exchange_of, export, facts, stock
from tests.services.rig import Rig


async def test_a_library_comes_back_as_it_was(
    rig: Rig, other: Rig, tmp_path: Path, exchange: Exchange
) -> None:
    await rig.db.run(stock)
    document = await export(exchange)
    imported = await add(exchange_of(other, tmp_path), document)
    assert facts(other) == facts(rig)
    assert len(facts(other)) == 3
    assert await export(exchange_of(other, tmp_path)) == document
    assert imported.added == {
        "torrents": 3,
        "movies": 2,
        "shows": 1,
        "episodes": 3,
        "files": 6,
        "corrections": 1,
    }
    assert not imported.told
    assert not imported.searches


async def test_what_is_here_is_not_added_again(rig: Rig, exchange: Exchange) -> None:
    await rig.db.run(stock)
    document, before = await export(exchange), facts(rig)
    imported = await add(exchange, document)
    assert not +imported.added
    assert imported.kept["files"] == 6
    assert await export(exchange) == document
    assert facts(rig) == before


async def test_everybody_is_told_once_to_read_anew(rig: Rig, exchange: Exchange) -> None:
    await rig.db.run(stock)
    document = await export(exchange)
    await rig.db.run(movies.delete, 1)
    seen: list[Event] = []

    async def look(event: Event) -> None:
        seen.append(event)

    rig.bus.subscribe(look)
    await add(exchange, document)
    assert seen == [LibraryChanged()]
    assert len(facts(rig)) == 3


async def test_others_have_their_turn_between_the_steps(
    rig: Rig, exchange: Exchange, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(imports, "BATCH", 1)
    monkeypatch.setattr(service, "QUIET", 0.0)
    caplog.set_level("INFO", service.__name__)
    seen: list[int] = []

    async def look() -> None:
        while True:
            seen.append((await rig.db.run(movies.list_page, 1, 0)).total)

    document = HEAD | {"movies": [MOVIE | {"title": f"{number}"} for number in range(50)]}
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(look())
        await add(exchange, document)
        looking.cancel()
    assert any(0 < total < 50 for total in seen)
    assert "an import goes on: 50 movies" in caplog.messages


async def test_what_was_added_before_a_failure_is_told_and_stays(
    rig: Rig, exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.db.run(stock)
    document = await export(exchange)
    for movie_id in (1, 2):
        await rig.db.run(movies.delete, movie_id)

    def fail(*_: object) -> None:
        raise StorageFailed("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(library_imports, "put_shows", fail)
        with pytest.raises(StorageFailed, match="full"):
            await add(exchange, document)
    assert len(facts(rig)) == 3
    await add(exchange, document)
    assert await export(exchange) == document


async def test_a_rehearsal_tells_the_same_and_changes_nothing(
    rig: Rig, other: Rig, tmp_path: Path, exchange: Exchange
) -> None:
    await rig.db.run(stock)
    document, empty = await export(exchange), exchange_of(other, tmp_path)
    before = await export(empty)
    rehearsed = await add(empty, document, dry_run=True)
    assert await export(empty) == before
    assert rehearsed == await add(empty, document)


async def test_an_export_is_of_one_moment_and_nobody_waits_for_it(rig: Rig, exchange: Exchange) -> None:
    await rig.db.run(stock)
    before = await export(exchange)
    export_under_way = exchange.export(ALL)
    first = await anext(export_under_way)
    await rig.db.run(movies.insert, NewMovie("Later"))
    assert first + b"".join([chunk async for chunk in export_under_way]) == before
    assert await export(exchange) != before


async def test_an_export_that_is_left_lets_go_of_the_database(rig: Rig, exchange: Exchange) -> None:
    export_under_way = exchange.export(ALL)
    await anext(export_under_way)
    assert isinstance(export_under_way, AsyncGenerator)
    await export_under_way.aclose()
    await rig.db.run(movies.insert, NewMovie("Later"))


async def test_a_folder_that_takes_nothing_is_said(rig: Rig, tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="cannot be kept"):
        await add(exchange_of(rig, tmp_path / "none"), b"{}")
