from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from momoshtrem.library import schema
from momoshtrem.library.database import Tx
from tests.library.samples import HASH_A, HASH_B, NOW, assign, assignment, fill, transaction


@pytest.fixture
def conn() -> Iterator[Connection]:
    with transaction() as tx:
        fill(tx)
        yield tx.conn


def row(**values: Any) -> dict[str, Any]:
    common = {
        "info_hash": HASH_B,
        "file_index": 0,
        "path": "",
        "size": 1,
        "confidence": 1.0,
        "version": "",
        "rank": 0,
        "assigned_at": NOW,
    }
    return common | values


@pytest.mark.parametrize("item", [{"movie_id": 1}, {"episode_id": 1}])
def test_one_file_is_shown_of_an_item_in_a_version(conn: Connection, item: dict[str, int]) -> None:
    conn.execute(insert(schema.assignments), row(**item))
    conn.execute(insert(schema.assignments), row(file_index=1, rank=1, **item))
    conn.execute(insert(schema.assignments), row(file_index=2, version="2160p", **item))
    with pytest.raises(IntegrityError):
        conn.execute(update(schema.assignments).values(rank=0))


@pytest.mark.parametrize("item", [{"movie_id": 1}, {"episode_id": 1}])
def test_a_file_is_assigned_once_to_an_item(conn: Connection, item: dict[str, int]) -> None:
    conn.execute(insert(schema.assignments), row(**item))
    with pytest.raises(IntegrityError):
        conn.execute(insert(schema.assignments), row(rank=1, version="other", **item))


@pytest.mark.parametrize("item", [{}, {"movie_id": 1, "episode_id": 1}, {"movie_id": 99}])
def test_an_assignment_is_for_exactly_one_item(conn: Connection, item: dict[str, int]) -> None:
    with pytest.raises(IntegrityError):
        conn.execute(insert(schema.assignments), row(**item))


def test_path_names_differ_in_more_than_case(conn: Connection) -> None:
    folder = {"title": "Heat", "title_key": "heat", "folder_key": "heat", "added_at": NOW}
    conn.execute(insert(schema.movies), folder | {"path_name": "Heat", "path_key": "heat"})
    with pytest.raises(IntegrityError):
        conn.execute(insert(schema.movies), folder | {"path_name": "HEAT", "path_key": "heat"})


def test_a_torrent_takes_its_files_and_assignments_along(conn: Connection) -> None:
    assign(Tx(conn, NOW), assignment(HASH_A, movie_id=1))
    conn.execute(schema.torrents.delete())
    for table in (schema.torrent_files, schema.metainfos, schema.assignments):
        assert conn.execute(select(table)).all() == []


def test_a_moment_is_kept_in_utc(conn: Connection) -> None:
    local = NOW.astimezone(timezone(timedelta(hours=-7)))
    conn.execute(update(schema.torrents).values(used_at=local))
    moments = set(conn.execute(select(schema.torrents.c.used_at)).scalars())
    assert moments == {NOW}
    assert {moment.tzinfo for moment in moments} == {UTC}


def test_an_id_is_never_given_twice(conn: Connection) -> None:
    conn.execute(schema.movies.delete())
    movie = {"title": "Ronin", "title_key": "ronin", "folder_key": "ronin", "added_at": NOW}
    assert conn.execute(insert(schema.movies).returning(schema.movies.c.id), movie).scalar() == 2
