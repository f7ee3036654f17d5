"""Brings the tables to the revision that this program knows, with Alembic."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from momoshtrem.errors import StartFailed


def upgrade(conn: Connection, revision: str = "head") -> None:
    """Run what is missing up to `revision` within the transaction of `conn`."""
    config = Config()
    config.set_main_option("script_location", "momoshtrem.library:migrations")
    config.attributes["connection"] = conn
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if unknown := set(MigrationContext.configure(conn).get_current_heads()) - known:
        raise StartFailed(
            f"The database was made by a newer momoshtrem (schema {', '.join(sorted(unknown))}); "
            "install that version or put an older backup in its place."
        )
    command.upgrade(config, revision)
