"""When a file could not be played, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("assignments", sa.Column("failed_at", sa.DateTime(timezone=True)))
    op.add_column("assignments", sa.Column("failure", sa.String, server_default="", nullable=False))
