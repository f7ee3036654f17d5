"""Run by Alembic: migrates on the connection that `momoshtrem.library.migrate` passes."""

from __future__ import annotations

from alembic import context

from momoshtrem.library.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
