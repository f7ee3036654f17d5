from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.errors import InvalidInput
from momoshtrem.services import archive

NOW = datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)
CREDENTIALS = b'{"username": "user", "password": "secret", "token": "token"}'
CONTENTS = {
    archive.DATABASE: b"SQLite format 3\0" + b"x" * 3_000_000,
    archive.CREDENTIALS: CREDENTIALS,
    archive.SETTINGS: b"[api]\nport = 4445\n",
}
ROOM = 2**30


def make(folder: Path, contents: Mapping[str, bytes] = CONTENTS) -> Path:
    source = folder / "source"
    source.mkdir()
    for name, content in contents.items():
        (source / name).write_bytes(content)
    target = folder / "backup.zip"
    archive.write(target, {name: source / name for name in contents}, "0.1.0", "0006", NOW)
    return target


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return make(tmp_path)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    folder = tmp_path / "new"
    folder.mkdir()
    return folder


def rewrite(made: Path, change: Mapping[str, Any], extra: Mapping[str, bytes] | None = None) -> None:
    """The archive with another manifest, and further files."""
    with zipfile.ZipFile(made) as packed:
        contents = {name: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(contents[archive.MANIFEST]) | change
    contents |= {archive.MANIFEST: json.dumps(manifest).encode()} | dict(extra or {})
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in contents.items():
            packed.writestr(name, content)


def refuse(made: Path, new: Path, sentence: str, room: int = ROOM) -> None:
    with pytest.raises(InvalidInput, match=sentence) as caught:
        archive.unpack(made, new, room)
    assert "\n" not in str(caught.value)


def test_what_is_packed_is_unpacked(made: Path, new: Path) -> None:
    manifest = archive.unpack(made, new, ROOM)
    assert {path.name: path.read_bytes() for path in new.iterdir()} == CONTENTS
    assert (manifest.version, manifest.revision, manifest.made_at) == ("0.1.0", "0006", NOW)
    assert manifest.files.keys() == CONTENTS.keys()


def test_only_its_owner_may_read_any_of_it(made: Path, new: Path) -> None:
    archive.unpack(made, new, ROOM)
    assert {path.stat().st_mode & 0o777 for path in (made, *new.iterdir())} == {0o600}


@given(st.binary(max_size=600))
def test_anything_else_is_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "file").write_bytes(content)
    refuse(folder / "file", folder, "is not a backup")


@given(st.data())
def test_damage_anywhere_is_noticed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    small = {archive.DATABASE: b"database", archive.CREDENTIALS: CREDENTIALS}
    made = make(folder, small)
    content = bytearray(made.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    made.write_bytes(content)
    (folder / "new").mkdir()
    try:
        archive.unpack(made, folder / "new", ROOM)
    except InvalidInput:
        return
    unpacked = {path.name: path.read_bytes() for path in (folder / "new").iterdir()}
    assert unpacked == small


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_one_cut_short_is_refused(made: Path, new: Path, share: float) -> None:
    content = made.read_bytes()
    made.write_bytes(content[: int(len(content) * share)])
    refuse(made, new, "is not a backup")


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "cache/evil", "momoshtrem.db-wal"])
def test_a_name_that_leads_elsewhere_is_refused(made: Path, new: Path, name: str) -> None:
    rewrite(made, {}, {name: b"evil"})
    refuse(made, new, "does not hold what its manifest says")
    rewrite(made, {"files": {name: {"size": 4, "sha256": "0" * 64}}}, {name: b"evil"})
    refuse(made, new, "manifest")
    assert list(new.iterdir()) == []


def test_a_bomb_is_not_unpacked(made: Path, new: Path) -> None:
    refuse(made, new, "only 1,000 are free", room=1000)
    huge = json.dumps({"username": "x" * 2**21})
    sizes = {"size": len(huge), "sha256": "0" * 64}
    database = {"size": len(CONTENTS[archive.DATABASE]), "sha256": "0" * 64}
    rewrite(
        made,
        {"files": {archive.DATABASE: database, archive.CREDENTIALS: sizes, archive.SETTINGS: sizes}},
        {archive.CREDENTIALS: huge.encode(), archive.SETTINGS: huge.encode()},
    )
    refuse(made, new, "far too large")
    assert list(new.iterdir()) == []


def test_a_wrong_checksum_is_refused(made: Path, new: Path) -> None:
    with zipfile.ZipFile(made) as packed:
        files = json.loads(packed.read(archive.MANIFEST))["files"]
    files[archive.CREDENTIALS]["sha256"] = "0" * 64
    rewrite(made, {"files": files})
    refuse(made, new, "checksum is wrong")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": 2}, "made by a newer momoshtrem"),
        ({"surprise": 1}, "not that of a backup"),
        ({"files": {}}, "has no database"),
        ({"made_at": "yesterday"}, "not that of a backup"),
    ],
)
def test_a_strange_manifest_is_refused(
    made: Path, new: Path, change: Mapping[str, Any], sentence: str
) -> None:
    rewrite(made, change)
    refuse(made, new, sentence)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (archive.CREDENTIALS, b"{}"),
        (archive.CREDENTIALS, b"["),
        (archive.SETTINGS, b"= ["),
        (archive.SETTINGS, b"\xff"),
    ],
)
def test_what_the_server_could_not_read_is_refused(
    tmp_path: Path, new: Path, name: str, content: bytes
) -> None:
    made = make(tmp_path, {archive.DATABASE: b"database", name: content})
    refuse(made, new, f"{name} in .* cannot be read")
