from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from momoshtrem.errors import Unavailable
from momoshtrem.library import assignments, movies, shows, torrents
from momoshtrem.library.database import Tx
from momoshtrem.model.job import JobState
from momoshtrem.model.media import NewEpisode, NewSeason, NewShow
from momoshtrem.services.exchange import imports
from momoshtrem.services.exchange.document import Episode, File, Movie, Rule, Season, Show
from momoshtrem.services.exchange.export import Choice, write
from momoshtrem.services.exchange.imports import Imported, Importing
from momoshtrem.services.exchange.service import Exchange
from momoshtrem.services.exchange.staging import staging
from tests.library.samples import HEAT, CountingTx, transaction
from tests.services.exchange.stock import (
    HEAD,
    HEAT_720,
    HEAT_1080,
    MOVIE,
    PACK,
    TORRENT,
    TRACKER,
    add,
    exchange_of,
    export,
    facts,
    of,
    stock,
)
from tests.services.rig import Rig, ref_of

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
HASHES = ["a" * 40, "b" * 40, "c" * 64]
MAGNET = "magnet:?xt=urn:btih:"
MOMENTS = st.datetimes(timezones=st.just(UTC))
FILES = st.builds(
    File,
    info_hash=st.sampled_from(HASHES),
    file_index=st.integers(0, 2),
    path=NAMES,
    size=st.integers(0, 2**60),
    version=st.sampled_from(["", "2160p", "4K: HDR"]),
    rank=st.integers(0, 3),
    proposed=st.booleans(),
    reason=NAMES,
    assigned_at=MOMENTS,
)
TITLED = {
    "title": NAMES,
    "year": st.none() | st.integers(0, 9999),
    "tmdb_id": st.none() | st.integers(1, 5),
    "path_name": st.none() | NAMES,
    "pinned": st.booleans(),
    "added_at": MOMENTS,
}
EPISODES = st.builds(
    Episode,
    number=st.integers(0, 99),
    name=st.none() | NAMES,
    air_date=st.none() | st.dates(),
    path_name=st.none() | NAMES,
    pinned=st.booleans(),
    files=st.lists(FILES, max_size=2),
)
SEASONS = st.builds(
    Season,
    number=st.integers(0, 99),
    episodes=st.lists(EPISODES, max_size=3, unique_by=lambda one: one.number),
)
RULES = st.builds(
    Rule,
    release_group=NAMES,
    season=st.none() | st.integers(0, 9),
    number=st.integers(0, 9),
    to_season=st.integers(0, 9),
    to_number=st.integers(0, 9),
)
MOVIES = st.builds(Movie, **TITLED, files=st.lists(FILES, max_size=4))
SHOWS = st.builds(
    Show,
    **TITLED,
    ended=st.booleans(),
    whole=st.booleans(),
    seasons=st.lists(SEASONS, max_size=2, unique_by=lambda one: one.number),
    corrections=st.lists(RULES, max_size=2),
)


@contextmanager
def importing_of(document: str) -> Iterator[Importing]:
    with staging(Path(tempfile.gettempdir())) as staged:
        staged.check(io.BytesIO(document.encode()))
        yield Importing(staged)


def put(tx: Tx, document: str) -> Imported:
    with importing_of(document) as importing:
        for step in importing.steps():
            step(tx)
        return importing.result


@settings(max_examples=12)
@given(st.lists(MOVIES, max_size=3), st.lists(SHOWS, max_size=2))
def test_any_library_comes_back_as_it_was(movies: list[Movie], shows: list[Show]) -> None:
    document = HEAD | {
        "torrents": [TORRENT | {"info_hash": each, "name": each[:3]} for each in HASHES],
        "movies": [json.loads(each.to_json()) for each in movies],
        "shows": [json.loads(each.to_json()) for each in shows],
    }
    with transaction() as there, transaction() as here:
        put(there, json.dumps(document))
        exported = "".join(write(there, Choice()))
        put(here, exported)
        assert "".join(write(here, Choice())) == exported
        again = put(here, exported)
        assert not +again.added
        assert not +again.skipped


def make_document(titles: int) -> str:
    """So many movies with a file each, so many shows of two episodes, and a torrent more."""
    hashes = ["a" * 40, *(f"{each + 1:040x}" for each in range(titles))]
    seasons = [{"number": 1, "episodes": [{"number": 1}, {"number": 2}]}]
    names = [{"title": f"{each}", "path_name": f"{each}"} for each in range(titles)]
    file = {"info_hash": hashes[0], "path": "x.mkv", "size": 5, "assigned_at": MOVIE["added_at"]}
    document = HEAD | {
        "torrents": [TORRENT | {"info_hash": each, "magnet_uri": MAGNET + each} for each in hashes],
        "movies": [
            MOVIE | name | {"files": [file | {"file_index": each}]} for each, name in enumerate(names)
        ],
        "shows": [MOVIE | name | {"seasons": seasons} for name in names],
    }
    return json.dumps(document)


def count_statements(document: str) -> int:
    with transaction() as tx, importing_of(document) as importing:
        counting = CountingTx(tx.conn, tx.now)
        for step in importing.steps():
            step(counting)
        return counting.statements


def test_a_batch_takes_no_more_statements_than_a_single_item() -> None:
    assert count_statements(make_document(90)) == count_statements(make_document(1))


def test_large_documents_are_added_in_many_steps() -> None:
    with transaction() as tx, importing_of(make_document(imports.BATCH)) as importing:
        steps = 0
        for step in importing.steps():
            before = importing.result.added.total()
            step(tx)
            assert importing.result.added.total() - before <= imports.BATCH
            steps += 1
    assert steps == 2 + 2 + 4
    assert importing.result.added["episodes"] == 2 * imports.BATCH


@pytest.mark.parametrize("steps", [1, 2, 4, 6])
def test_an_import_that_ended_early_is_completed_by_another(steps: int) -> None:
    document = make_document(imports.BATCH)
    with transaction() as tx, transaction() as whole:
        put(whole, document)
        with importing_of(document) as importing:
            for step in islice(importing.steps(), steps):
                step(tx)
        assert "".join(write(tx, Choice())) != "".join(write(whole, Choice()))
        completed = put(tx, document)
        assert "".join(write(tx, Choice())) == "".join(write(whole, Choice()))
        assert not +completed.skipped


async def test_a_title_that_is_there_twice_has_the_files_of_the_first(exchange: Exchange) -> None:
    file = {"info_hash": "a" * 40, "path": "x.mkv", "size": 5, "assigned_at": MOVIE["added_at"]}
    document = HEAD | {
        "torrents": [TORRENT],
        "movies": [MOVIE | {"files": [file | {"file_index": index}]} for index in (0, 1, 0)],
    }
    imported = await add(exchange, document)
    assert (imported.added["movies"], imported.kept["movies"]) == (1, 2)
    assert (imported.added["files"], imported.kept["files"], imported.skipped["files"]) == (1, 1, 1)


async def test_an_item_that_has_files_gets_no_others(
    rig: Rig, other: Rig, tmp_path: Path, exchange: Exchange
) -> None:
    await rig.db.run(stock)

    def stock_other(tx: Tx) -> None:
        torrents.insert(tx, HEAT_720)
        heat, _ = movies.insert(tx, HEAT)
        assignments.insert_all(tx, [of(HEAT_720, movie_id=heat.id)])

    await other.db.run(stock_other)
    before = facts(other)
    imported = await add(exchange_of(other, tmp_path), await export(exchange))
    assert {path: facts(other)[path] for path in before} == before
    assert (imported.kept["files"], imported.skipped["files"]) == (1, 1)
    assert [(each.place, each.reason) for each in imported.told] == [
        ("movies[0].files[0]", "the item has other files here, which stay")
    ]


async def test_a_show_that_is_here_gets_what_it_lacks(
    rig: Rig, other: Rig, tmp_path: Path, exchange: Exchange
) -> None:
    await rig.db.run(stock)
    part = NewShow("Fargo", 2014, 60622, (NewSeason(1, (NewEpisode(2, "Another name"),)),))
    show, _ = await other.db.run(shows.insert, part)
    imported = await add(exchange_of(other, tmp_path), await export(exchange))
    found = await other.db.run(shows.get, show.id)
    assert [each.name for each in found.episodes] == [
        "The Crocodile's Dilemma",
        "Another name",
        "Waiting for Dutch",
    ]
    assert not found.whole
    assert (imported.kept["shows"], imported.kept["episodes"], imported.added["episodes"]) == (1, 1, 2)


async def test_a_folder_that_is_taken_is_not_taken_twice(
    rig: Rig, other: Rig, tmp_path: Path, exchange: Exchange
) -> None:
    await rig.db.run(stock)

    def stock_other(tx: Tx) -> None:
        torrents.insert(tx, HEAT_720)
        other_heat, _ = movies.insert(tx, replace(HEAT, tmdb_id=7))
        assignments.insert_all(tx, [of(HEAT_720, movie_id=other_heat.id)])

    await other.db.run(stock_other)
    await add(exchange_of(other, tmp_path), await export(exchange))
    assert {path for path in facts(other) if path.startswith("/Movies")} == {
        "/Movies/Heat (1995)/Heat (1995).mkv",
        "/Movies/Heat (1995) [tmdbid-949]/Heat (1995) [tmdbid-949].mkv",
    }


class TestWithoutMetainfo:
    """Files are listed at once; they can be opened when the swarm has sent the file lists."""

    async def test_the_tree_is_there_at_once(
        self, rig: Rig, other: Rig, tmp_path: Path, exchange: Exchange
    ) -> None:
        await rig.db.run(stock)
        imported = await add(exchange_of(other, tmp_path), await export(exchange, Choice()))
        assert facts(other) == facts(rig)
        assert len(imported.searches) == 3
        with pytest.raises(Unavailable, match="not known yet"):
            await other.engine.open(ref_of(HEAT_1080))

    async def test_a_job_gets_the_file_list(
        self, rig: Rig, other: Rig, tmp_path: Path, exchange: Exchange
    ) -> None:
        await rig.db.run(stock)
        for metainfo in (HEAT_1080, HEAT_720, PACK):
            other.engine.share(metainfo, bytes(metainfo.total_size))
        imported = await add(exchange_of(other, tmp_path), await export(exchange, Choice()))
        ended = [await other.finish(job.id) for job in imported.searches]
        assert {job.state for job in ended} == {JobState.DONE}
        assert facts(other) == facts(rig)
        stored = await other.db.run(torrents.get_metainfo, HEAT_1080.info_hash)
        assert (stored.files, stored.trackers) == (HEAT_1080.files, (TRACKER,))

    async def test_a_second_import_starts_no_second_search(
        self, rig: Rig, other: Rig, tmp_path: Path, exchange: Exchange
    ) -> None:
        await rig.db.run(stock)
        there, document = exchange_of(other, tmp_path), await export(exchange, Choice())
        first, second = await add(there, document), await add(there, document)
        assert {job.id for job in first.searches} == {job.id for job in second.searches}

    async def test_a_file_that_the_torrent_does_not_have_goes_when_that_is_known(
        self, rig: Rig, other: Rig, tmp_path: Path, exchange: Exchange
    ) -> None:
        await rig.db.run(stock)
        document = json.loads(await export(exchange, Choice()))
        document["movies"][0]["files"][0]["size"] = document["torrents"][0]["files"][0]["size"] = 5
        for torrent in document["torrents"]:
            if torrent["info_hash"] == document["movies"][0]["files"][0]["info_hash"]:
                torrent["files"][0]["size"] = 5
        await add(exchange_of(other, tmp_path), document)
        path = "/Movies/Heat (1995)/Heat (1995).mkv"
        assert facts(other)[path][0].size == 5
        await other.db.run(torrents.insert, HEAT_1080)
        await other.db.run(torrents.insert, HEAT_720)
        assert facts(other)[path][0] == ref_of(HEAT_720)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"info_hash": "b" * 40}, "its torrent is not among those of the document"),
        ({"file_index": 1}, "its torrent has no such file"),
        ({"size": 6}, "its torrent has no such file"),
    ],
)
async def test_a_file_that_cannot_be_is_left_out(
    exchange: Exchange, change: dict[str, Any], reason: str
) -> None:
    file = {
        "info_hash": "a" * 40,
        "file_index": 0,
        "path": "x.mkv",
        "size": 5,
        "assigned_at": "2026-01-02T03:04:05Z",
    }
    document = HEAD | {
        "torrents": [TORRENT | {"files": [{"path": "x.mkv", "size": 5}]}],
        "movies": [MOVIE | {"files": [file | change]}],
    }
    imported = await add(exchange, document)
    assert [(each.place, each.reason) for each in imported.told] == [("movies[0].files[0]", reason)]


async def test_names_that_cannot_be_of_folders_are_made_anew(rig: Rig, exchange: Exchange) -> None:
    file = {
        "info_hash": "a" * 40,
        "file_index": 0,
        "path": "x.mkv",
        "size": 5,
        "assigned_at": MOVIE["added_at"],
    }
    document = HEAD | {
        "torrents": [TORRENT | {"files": [{"path": "x.mkv", "size": 5}]}],
        "movies": [MOVIE | {"path_name": "../../etc", "files": [file]}],
    }
    await add(exchange, document)
    assert list(facts(rig)) == ["/Movies/Heat/Heat.mkv"]
