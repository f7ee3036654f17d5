"""Whether a show takes every later season; those of TMDB that are there do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("shows", sa.Column("whole", sa.Boolean, server_default=sa.false(), nullable=False))
    shows = sa.table("shows", sa.column("tmdb_id"), sa.column("whole", sa.Boolean))
    op.execute(shows.update().where(shows.c.tmdb_id.is_not(None)).values(whole=True))
