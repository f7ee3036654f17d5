"""What was learned from the bytes of media files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "outlines",
        sa.Column(
            "info_hash",
            sa.String,
            sa.ForeignKey("torrents.info_hash", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("file_index", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("head", sa.Integer, nullable=False),
        sa.Column("parts", sa.JSON, nullable=False),
        sa.Column("duration", sa.Float),
        sqlite_with_rowid=False,
    )
