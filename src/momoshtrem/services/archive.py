"""A backup as one file: a zip archive with the database, credentials and settings, and a manifest of them.

Whatever an archive says is checked before it is believed, and no name out of one becomes a path.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from momoshtrem.errors import InvalidInput
from momoshtrem.folder import Credentials

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE, CREDENTIALS, SETTINGS = "momoshtrem.db", "credentials.json", "momoshtrem.toml"
"""As they are called in the data folder too."""
SMALL = 2**20
"""Bytes that anything but the database may have."""
CHUNK = 2**20
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    OSError,
)

Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Sealed(BaseModel):
    """A file of the archive; `size` is in bytes."""

    size: Annotated[int, Field(ge=0)]
    sha256: Digest


class Manifest(BaseModel):
    """What an archive holds: `version` made it, with a database of the revision `revision`."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    version: str
    revision: str
    made_at: datetime
    files: dict[Literal["momoshtrem.db", "credentials.json", "momoshtrem.toml"], Sealed]


def write(target: Path, files: Mapping[str, Path], version: str, revision: str, made_at: datetime) -> None:
    """Pack files, by the names they get, in an archive that only its owner may read."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            sealed = {name: _pack(packed, name, path, made_at) for name, path in files.items()}
            manifest = {
                "format": FORMAT,
                "version": version,
                "revision": revision,
                "made_at": made_at.isoformat(),
                "files": sealed,
            }
            packed.writestr(_entry(MANIFEST, made_at), json.dumps(manifest, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())


def unpack(source: Path, folder: Path, room: int) -> Manifest:
    """Bring all files of an archive into an empty folder; `room` bytes may be taken.

    Raises InvalidInput for anything that `write` has not made, and OSError.
    """
    with _translated(source), zipfile.ZipFile(source) as packed:
        manifest = _read_manifest(packed, source)
        _check_sizes(packed, manifest, source, room)
        for name, sealed in manifest.files.items():
            _unpack(packed, name, sealed, folder / name)
    _check_contents(folder, source)
    return manifest


def _pack(packed: zipfile.ZipFile, name: str, path: Path, made_at: datetime) -> dict[str, object]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, packed.open(_entry(name, made_at), "w", force_zip64=True) as target:
        for chunk in _chunks(source):
            digest.update(chunk)
            size += target.write(chunk)
    return {"size": size, "sha256": digest.hexdigest()}


def _entry(name: str, made_at: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, made_at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _read_manifest(packed: zipfile.ZipFile, source: Path) -> Manifest:
    with packed.open(MANIFEST) as file:
        text = file.read(SMALL)
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        mistake = error.errors()[0]
        if mistake["loc"] == ("format",):
            raise InvalidInput(f"{source} was made by a newer momoshtrem; restore it by that.") from error
        raise InvalidInput(f"The manifest of {source} is not that of a backup ({mistake['msg']}).") from error
    if DATABASE not in manifest.files:
        raise InvalidInput(f"{source} has no database.")
    return manifest


def _check_sizes(packed: zipfile.ZipFile, manifest: Manifest, source: Path, room: int) -> None:
    entries = {entry.filename: entry.file_size for entry in packed.infolist()}
    entries.pop(MANIFEST)
    if entries != {name: sealed.size for name, sealed in manifest.files.items()}:
        raise InvalidInput(f"{source} does not hold what its manifest says.")
    if any(size > SMALL for name, size in entries.items() if name != DATABASE):
        raise InvalidInput(f"{source} holds credentials or settings that are far too large.")
    if (needed := sum(entries.values())) > room:
        raise InvalidInput(f"{source} needs {needed:,} bytes; only {room:,} are free in the data folder.")


def _unpack(packed: zipfile.ZipFile, name: str, sealed: Sealed, target: Path) -> None:
    digest = hashlib.sha256()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, packed.open(name) as source:
        for chunk in _chunks(source):
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != sealed.sha256:
        raise InvalidInput(f"{name} in the backup is damaged: its checksum is wrong.")


def _check_contents(folder: Path, source: Path) -> None:
    """Credentials and settings that the server could not read would keep it from starting."""
    readers: dict[str, Callable[[str], object]] = {
        CREDENTIALS: lambda text: Credentials(**json.loads(text)),
        SETTINGS: tomllib.loads,
    }
    for name, read in readers.items():
        try:
            read((folder / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (ValueError, TypeError) as error:
            raise InvalidInput(f"{name} in {source} cannot be read ({error}).") from error


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk


@contextmanager
def _translated(source: Path) -> Iterator[None]:
    """What zipfile raises for archives that are none, damaged, encrypted or too clever."""
    try:
        yield
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # that is a seek to a place before 0
            raise
        raise InvalidInput(f"{source} is not a backup of momoshtrem, or it is damaged ({error}).") from error
