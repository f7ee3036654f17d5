"""The data folder: one process at a time, and what it keeps beside the database."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from momoshtrem.errors import StartFailed


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who may use both faces: Basic with name and password, or the bearer token."""

    username: str
    password: str = field(repr=False)
    token: str = field(repr=False)


class DataFolder:
    """`<data_dir>`; `make` makes it, so that whoever only looks leaves no trace."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()

    def make(self) -> DataFolder:
        """Make the folder if it is missing, for its owner only: the database holds passkeys.

        Raises StartFailed when it cannot be made.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StartFailed(f"The data folder {self.path} cannot be made: {error.strerror}.") from error
        return self

    @property
    def cache(self) -> Path:
        return self.path / "cache"

    @property
    def database(self) -> Path:
        return self.path / "momoshtrem.db"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.database}"

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder. Raises StartFailed when another process holds it."""
        try:
            file = (self.path / "lock").open("a+")
        except OSError as error:
            raise StartFailed(f"The data folder {self.path} is not writable: {error.strerror}.") from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.seek(0)
                owner = file.read().strip() or "unknown"
                raise StartFailed(
                    f"The data folder {self.path} is in use by another momoshtrem (process {owner})."
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def find_owner(self) -> str | None:
        """The process that holds the folder, None where nobody does. Nothing is made."""
        try:
            file = (self.path / "lock").open()
        except OSError:
            return None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return file.read().strip() or "unknown"
        return None

    def read_credentials(self) -> Credentials | None:
        """What `make_credentials` has kept, or None before the first start."""
        try:
            return Credentials(**json.loads(self.credentials.read_text()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise StartFailed(f"{self.credentials} cannot be read; remove it to make new ones.") from error

    def make_credentials(self, username: str, password: str) -> tuple[Credentials, bool]:
        """The credentials in force, and whether their password was made just now, for want of another."""
        kept = self.read_credentials()
        made = not password and kept is None
        credentials = Credentials(
            username=username,
            password=password or (kept.password if kept else secrets.token_urlsafe(12)),
            token=kept.token if kept else secrets.token_urlsafe(32),
        )
        if credentials != kept:
            try:
                write_private(self.credentials, json.dumps(asdict(credentials)))
            except OSError as error:
                raise StartFailed(f"{self.credentials} cannot be written: {error.strerror}.") from error
        return credentials, made

    @property
    def credentials(self) -> Path:
        return self.path / "credentials.json"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
