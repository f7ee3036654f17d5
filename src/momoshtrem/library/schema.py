"""The tables. A change here comes with a migration; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.schema import SchemaItem

REVISION = "0006"
"""The migration that makes these tables."""

IS_SHOWN = text("rank = 0")
"""Of an assignment; a proposal never has rank 0. Literal, since SQLite uses a partial index only for a
condition without parameters. Two indexes have it too; PostgreSQL gets that from the migration alone, since
to say it here would load SQLAlchemy's PostgreSQL dialect at every start."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both sides, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else in_utc(value)


def in_utc(value: datetime) -> datetime:
    """A moment as a database gives it: SQLite knows no zones, and all that is kept there is in UTC."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _title_columns() -> tuple[SchemaItem, ...]:
    """What movies and shows have in common; each `_key` is folded.

    `folder_key` is the folder name that the title asks for, `path_key` the one that was given for good.
    """
    return (
        Column("id", Integer, primary_key=True),
        Column("title", String, nullable=False),
        Column("title_key", String, nullable=False),
        Column("year", Integer),
        Column("tmdb_id", Integer, unique=True),
        Column("folder_key", String, nullable=False, index=True),
        Column("path_name", String),
        Column("path_key", String, unique=True),
        Column("added_at", UtcDateTime, nullable=False),
        Column("pinned", Boolean, server_default=false(), nullable=False),
        Index(None, "title_key", "year"),
    )


movies = Table("movies", metadata, *_title_columns(), sqlite_autoincrement=True)

shows = Table(
    "shows",
    metadata,
    *_title_columns(),
    Column("refreshed_at", UtcDateTime),
    Column("ended", Boolean, server_default=false(), nullable=False),
    Column("whole", Boolean, server_default=false(), nullable=False),
    sqlite_autoincrement=True,
)

seasons = Table(
    "seasons",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("show_id", ForeignKey("shows.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    UniqueConstraint("show_id", "number"),
)

episodes = Table(
    "episodes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("season_id", ForeignKey("seasons.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", String),
    Column("air_date", Date),
    Column("path_name", String),
    Column("pinned", Boolean, server_default=false(), nullable=False, index=True),
    UniqueConstraint("season_id", "number"),
    sqlite_autoincrement=True,
)

torrents = Table(
    "torrents",
    metadata,
    Column("info_hash", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String),
    Column("magnet_uri", String),
    Column("piece_length", Integer, nullable=False),
    Column("total_size", BigInteger, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("trackers", JSON, nullable=False),
    Column("peers", JSON, nullable=False),
    Column("readable", LargeBinary, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("info_hash_v2", String),
    Column("stamps", LargeBinary),
    Column("uploaded", BigInteger, server_default=text("0"), nullable=False),
    Column("downloaded", BigInteger, server_default=text("0"), nullable=False),
    Column("seeded", Float, server_default=text("0"), nullable=False),
    Index("uq_torrents_info_hash_v2", "info_hash_v2", unique=True),
)
"""A hybrid torrent is known by both hashes; `info_hash` is the one that everything else refers to.

`seeded` is in seconds; `stamps` say when each region of it was last read, NULL where none was yet.
"""

metainfos = Table(
    "metainfos",
    metadata,
    Column("info_hash", ForeignKey("torrents.info_hash", ondelete="CASCADE"), primary_key=True),
    Column("blob", LargeBinary, nullable=False),
)
"""Apart from `torrents`, where every change of `readable` would write the blob again."""

torrent_files = Table(
    "torrent_files",
    metadata,
    Column("info_hash", ForeignKey("torrents.info_hash", ondelete="CASCADE"), primary_key=True),
    Column("file_index", Integer, primary_key=True, autoincrement=False),
    Column("path", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("hidden", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

outlines = Table(
    "outlines",
    metadata,
    Column("info_hash", ForeignKey("torrents.info_hash", ondelete="CASCADE"), primary_key=True),
    Column("file_index", Integer, primary_key=True, autoincrement=False),
    Column("head", Integer, nullable=False),
    Column("parts", JSON, nullable=False),
    Column("duration", Float),
    sqlite_with_rowid=False,
)
"""What was learned from the bytes of a file; `parts` are pairs of offsets, the second exclusive."""

assignments = Table(
    "assignments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("movie_id", ForeignKey("movies.id", ondelete="CASCADE")),
    Column("episode_id", ForeignKey("episodes.id", ondelete="CASCADE")),
    Column("info_hash", ForeignKey("torrents.info_hash", ondelete="CASCADE"), nullable=False),
    Column("file_index", Integer, nullable=False),
    Column("path", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("resolution", String),
    Column("source", String),
    Column("codec", String),
    Column("hdr", String),
    Column("release_group", String),
    Column("confidence", Float, nullable=False),
    Column("version", String, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("assigned_at", UtcDateTime, nullable=False),
    Column("proposed", Boolean, server_default=false(), nullable=False),
    Column("reason", String, server_default="", nullable=False),
    Column("failed_at", UtcDateTime),
    Column("failure", String, server_default="", nullable=False),
    CheckConstraint("(movie_id IS NULL) <> (episode_id IS NULL)", name="one_item"),
    UniqueConstraint("movie_id", "info_hash", "file_index"),
    UniqueConstraint("episode_id", "info_hash", "file_index"),
    Index(
        "uq_assignments_shown_movie",
        "movie_id",
        "version",
        unique=True,
        sqlite_where=IS_SHOWN,
    ),
    Index(
        "uq_assignments_shown_episode",
        "episode_id",
        "version",
        unique=True,
        sqlite_where=IS_SHOWN,
    ),
    Index(None, "info_hash"),
    sqlite_autoincrement=True,
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("show_id", ForeignKey("shows.id", ondelete="CASCADE"), nullable=False),
    Column("release_group", String, nullable=False),
    Column("season", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("to_season", Integer, nullable=False),
    Column("to_number", Integer, nullable=False),
    UniqueConstraint("show_id", "release_group", "season", "number"),
    sqlite_autoincrement=True,
)
"""`release_group` is folded, "" where unknown; `season` is -1 where names tell none, since NULLs differ."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("message", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index(None, "state", "next_try_at"),
    sqlite_autoincrement=True,
)

preferences = Table(
    "preferences",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", JSON, nullable=False),
)
"""What is changed while the server runs and outlasts it; settings stand in their file."""
