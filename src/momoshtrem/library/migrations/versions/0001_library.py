"""The library: movies, shows, torrents, assignments, jobs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_items("movies")
    _create_items("shows")
    _create_episodes()
    _create_torrents()
    _create_assignments()
    _create_jobs()


def _create_items(table: str) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("title_key", sa.String, nullable=False),
        sa.Column("year", sa.Integer),
        sa.Column("tmdb_id", sa.Integer, unique=True),
        sa.Column("folder_key", sa.String, nullable=False, index=True),
        sa.Column("path_name", sa.String),
        sa.Column("path_key", sa.String, unique=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(None, table, ["title_key", "year"])


def _create_episodes() -> None:
    op.create_table(
        "seasons",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("show_id", sa.Integer, _owner("shows.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.UniqueConstraint("show_id", "number"),
    )
    op.create_table(
        "episodes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("season_id", sa.Integer, _owner("seasons.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String),
        sa.Column("air_date", sa.Date),
        sa.Column("path_name", sa.String),
        sa.UniqueConstraint("season_id", "number"),
        sqlite_autoincrement=True,
    )


def _create_torrents() -> None:
    op.create_table(
        "torrents",
        sa.Column("info_hash", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("magnet_uri", sa.String),
        sa.Column("piece_length", sa.Integer, nullable=False),
        sa.Column("total_size", sa.BigInteger, nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("trackers", sa.JSON, nullable=False),
        sa.Column("peers", sa.JSON, nullable=False),
        sa.Column("readable", sa.LargeBinary, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
    )
    op.create_table(
        "metainfos",
        sa.Column("info_hash", sa.String, _owner("torrents.info_hash"), primary_key=True),
        sa.Column("blob", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "torrent_files",
        sa.Column("info_hash", sa.String, _owner("torrents.info_hash"), primary_key=True),
        sa.Column("file_index", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("hidden", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("movie_id", sa.Integer, _owner("movies.id")),
        sa.Column("episode_id", sa.Integer, _owner("episodes.id")),
        sa.Column("info_hash", sa.String, _owner("torrents.info_hash"), nullable=False),
        sa.Column("file_index", sa.Integer, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("resolution", sa.String),
        sa.Column("source", sa.String),
        sa.Column("codec", sa.String),
        sa.Column("hdr", sa.String),
        sa.Column("release_group", sa.String),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("assigned_at", MOMENT, nullable=False),
        sa.CheckConstraint("(movie_id IS NULL) <> (episode_id IS NULL)", name="one_item"),
        sa.UniqueConstraint("movie_id", "info_hash", "file_index"),
        sa.UniqueConstraint("episode_id", "info_hash", "file_index"),
        sqlite_autoincrement=True,
    )
    shown: dict[str, Any] = {
        "unique": True,
        "sqlite_where": sa.text("rank = 0"),
        "postgresql_where": sa.text("rank = 0"),
    }
    op.create_index("uq_assignments_shown_movie", "assignments", ["movie_id", "version"], **shown)
    op.create_index("uq_assignments_shown_episode", "assignments", ["episode_id", "version"], **shown)
    op.create_index(None, "assignments", ["info_hash"])


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.JSON, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("message", sa.String, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "jobs", ["state", "next_try_at"])


def _owner(column: str) -> sa.ForeignKey:
    """A reference to a row that takes this one along when it goes."""
    return sa.ForeignKey(column, ondelete="CASCADE")
