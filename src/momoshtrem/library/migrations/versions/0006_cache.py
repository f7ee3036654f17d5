"""What is pinned, when each part of a torrent was read, what went over the wire, and preferences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for table in ("movies", "shows", "episodes"):
        op.add_column(table, sa.Column("pinned", sa.Boolean, server_default=sa.false(), nullable=False))
    op.create_index("ix_episodes_pinned", "episodes", ["pinned"])
    op.add_column("torrents", sa.Column("stamps", sa.LargeBinary))
    zero = sa.text("0")
    op.add_column("torrents", sa.Column("uploaded", sa.BigInteger, server_default=zero, nullable=False))
    op.add_column("torrents", sa.Column("downloaded", sa.BigInteger, server_default=zero, nullable=False))
    op.add_column("torrents", sa.Column("seeded", sa.Float, server_default=zero, nullable=False))
    op.create_table(
        "preferences",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
    )
