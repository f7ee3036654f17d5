"""Items without a file, and episodes by the days they air; a file counts when players see it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, Date, Select, exists, func, literal, null, select, union_all

from momoshtrem.library.database import Tx
from momoshtrem.library.rows import fetch_page
from momoshtrem.library.schema import IS_SHOWN, assignments, episodes, movies, seasons, shows
from momoshtrem.model.calendar import Airing, Wanted, WantedKind
from momoshtrem.model.media import Page

Query = Select[*tuple[Any, ...]]


def list_wanted(tx: Tx, kind: WantedKind | None, limit: int, offset: int) -> Page[Wanted]:
    """Movies and aired episodes (UTC) without a file, the newest first."""
    kinds = {"movie": _wanted_movies(), "episode": _wanted_episodes(tx.now.date())}
    queries = kinds.values() if kind is None else [kinds[kind]]
    found = union_all(*queries).subquery()
    order = (found.c.since.desc(), found.c.title_key, found.c.season_number, found.c.number, found.c.id)
    statement = select(found).order_by(*order)
    return fetch_page(tx, statement, lambda row: Wanted(*row[:-1]), limit, offset)


def list_airings(tx: Tx, first: date, last: date, limit: int, offset: int) -> Page[Airing]:
    """Episodes that air from the first day to the last, in order of days."""
    statement = (
        select(
            episodes.c.id,
            shows.c.id,
            shows.c.title,
            seasons.c.number,
            *episodes.c["number", "name", "air_date"],
            _has_file(assignments.c.episode_id, episodes.c.id),
        )
        .select_from(episodes)
        .join(seasons)
        .join(shows)
        .where(episodes.c.air_date.between(first, last))
        .order_by(episodes.c.air_date, shows.c.title_key, seasons.c.number, episodes.c.number)
    )
    return fetch_page(tx, statement, lambda row: Airing(*row), limit, offset)


def _wanted_movies() -> Query:
    return select(
        literal("movie").label("kind"),
        *movies.c["id", "title", "year"],
        func.date(movies.c.added_at, type_=Date).label("since"),
        *(null().label(name) for name in ("show_id", "season_number", "number", "name")),
        movies.c.title_key,
    ).where(~_has_file(assignments.c.movie_id, movies.c.id))


def _wanted_episodes(today: date) -> Query:
    return (
        select(
            literal("episode").label("kind"),
            episodes.c.id,
            *shows.c["title", "year"],
            episodes.c.air_date.label("since"),
            shows.c.id.label("show_id"),
            seasons.c.number.label("season_number"),
            *episodes.c["number", "name"],
            shows.c.title_key,
        )
        .select_from(episodes)
        .join(seasons)
        .join(shows)
        .where(episodes.c.air_date <= today, ~_has_file(assignments.c.episode_id, episodes.c.id))
    )


def _has_file(owner: Column[Any], item: Column[Any]) -> ColumnElement[bool]:
    return exists().where(owner == item, IS_SHOWN)
