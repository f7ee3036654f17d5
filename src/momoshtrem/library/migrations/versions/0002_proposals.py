"""Proposals and corrections, hybrid torrents, and when a show was last refreshed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("assignments", _flag("proposed"))
    op.add_column("assignments", sa.Column("reason", sa.String, server_default="", nullable=False))
    op.add_column("torrents", sa.Column("info_hash_v2", sa.String))
    op.create_index("uq_torrents_info_hash_v2", "torrents", ["info_hash_v2"], unique=True)
    op.add_column("shows", sa.Column("refreshed_at", sa.DateTime(timezone=True)))
    op.add_column("shows", _flag("ended"))
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("show_id", sa.Integer, sa.ForeignKey("shows.id", ondelete="CASCADE"), nullable=False),
        sa.Column("release_group", sa.String, nullable=False),
        sa.Column("season", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("to_season", sa.Integer, nullable=False),
        sa.Column("to_number", sa.Integer, nullable=False),
        sa.UniqueConstraint("show_id", "release_group", "season", "number"),
        sqlite_autoincrement=True,
    )


def _flag(name: str) -> sa.Column[bool]:
    """A column that is false in all rows that are there."""
    return sa.Column(name, sa.Boolean, server_default=sa.false(), nullable=False)
