"""Brings the tables to the revision that this program knows, with Alembic."""

from __future__ import annotations

from collections.abc import Iterable

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from momoshtrem.errors import StartFailed

LOCATION = "momoshtrem.library:migrations"


def upgrade(conn: Connection, revision: str = "head") -> None:
    """Run what is missing up to `revision` within the transaction of `conn`."""
    config = Config()
    config.set_main_option("script_location", LOCATION)
    config.attributes["connection"] = conn
    if unknown := find_unknown(MigrationContext.configure(conn).get_current_heads()):
        raise StartFailed(
            f"The database was made by a newer momoshtrem (schema {unknown}); "
            "install that version or put an older backup in its place."
        )
    command.upgrade(config, revision)


def find_unknown(revisions: Iterable[str]) -> str:
    """Those of the revisions that this version does not know, "" where it knows all."""
    config = Config()
    config.set_main_option("script_location", LOCATION)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    return ", ".join(sorted(set(revisions) - known))
