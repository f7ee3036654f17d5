from __future__ import annotations

import shutil
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from momoshtrem.cli.check import parts
from momoshtrem.cli.check.finding import Finding
from momoshtrem.integrations.http import Limits
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.library import schema
from momoshtrem.settings import Tmdb as TmdbSettings
from momoshtrem.settings import Torrent
from tests.fakes.tmdb import API_KEY, FakeTmdb
from tests.library.conftest import template as template

LOOPBACK = "127.0.0.1"


class TestDatabase:
    @pytest.fixture
    def library(self, tmp_path: Path, template: Path) -> Path:
        return Path(shutil.copy(template, tmp_path / "library.db"))

    def set_revision(self, library: Path, revision: str) -> None:
        with closing(sqlite3.connect(library)) as opened, opened:
            opened.execute("UPDATE alembic_version SET version_num = ?", (revision,))

    def test_a_sound_one(self, library: Path) -> None:
        before = {path: path.read_bytes() for path in library.parent.iterdir()}
        found = parts.check_database(f"sqlite:///{library}")
        assert (found.level, found.message) == ("ok", f"Sound, schema {schema.REVISION}.")
        assert {path: path.read_bytes() for path in library.parent.iterdir()} == before

    def test_one_in_use(self, library: Path) -> None:
        with closing(sqlite3.connect(library)) as used:
            used.execute("PRAGMA journal_mode = WAL")
            used.execute("UPDATE alembic_version SET version_num = '0001'")
            used.commit()
            assert "schema 0001" in parts.check_database(f"sqlite:///{library}").message

    def test_one_that_is_not_there_is_not_made(self, tmp_path: Path) -> None:
        assert parts.check_database(f"sqlite:///{tmp_path}/none.db").level == "ok"
        assert list(tmp_path.iterdir()) == []

    def test_one_of_an_older_version(self, library: Path) -> None:
        self.set_revision(library, "0001")
        found = parts.check_database(f"sqlite:///{library}")
        assert (found.level, "brings schema 0001 up to date" in found.message) == ("ok", True)

    def test_one_of_a_newer_version(self, library: Path) -> None:
        self.set_revision(library, "9999")
        found = parts.check_database(f"sqlite:///{library}")
        assert (found.level, "newer momoshtrem (schema 9999)" in found.message) == ("error", True)

    def test_one_that_is_damaged(self, library: Path) -> None:
        library.write_bytes(b"x" * 10_000)
        found = parts.check_database(f"sqlite:///{library}")
        assert (found.level, "momoshtrem restore" in found.message) == ("error", True)

    def test_one_that_cannot_be_reached(self) -> None:
        assert parts.check_database("nonsense").level == "error"


class TestEngine:
    def test_a_port_that_is_free_or_taken(self) -> None:
        with socket.create_server((LOOPBACK, 0)) as taken:
            torrent = Torrent(interface=LOOPBACK, listen_port=taken.getsockname()[1])
            found = {each.subject: each.level for each in parts.check_engine(torrent, running=False)}
            assert found == {"engine": "ok", "interface": "ok", "listen port": "warning"}
            running = {each.subject for each in parts.check_engine(torrent, running=True)}
            assert "listen port" not in running
        free = Torrent(interface=LOOPBACK, listen_port=0)
        assert all(each.level == "ok" for each in parts.check_engine(free, running=False))

    def test_an_interface_that_is_not_there(self) -> None:
        torrent = Torrent(interface="none0", listen_port=0)
        found = {each.subject: each.level for each in parts.check_engine(torrent, running=False)}
        assert found == {"engine": "ok", "interface": "error"}

    def test_a_proxy_that_takes_connections_or_does_not(self) -> None:
        with socket.create_server((LOOPBACK, 0)) as taken:
            url = f"socks5://user:hush@{LOOPBACK}:{taken.getsockname()[1]}"
            torrent = Torrent(interface=LOOPBACK, proxy=SecretStr(url))
            assert self.find_proxy(torrent).level == "ok"
        found = self.find_proxy(torrent)
        assert (found.level, "Connection refused" in found.message, "hush" in found.message) == (
            *("error", True),
            False,
        )

    def find_proxy(self, torrent: Torrent) -> Finding:
        found = parts.check_engine(torrent, running=True)
        return next(each for each in found if each.subject == "proxy")

    def test_a_block_list_that_is_not_there(self, tmp_path: Path) -> None:
        torrent = Torrent(interface=LOOPBACK, listen_port=0, blocklist=str(tmp_path / "none.p2p"))
        found = {each.subject: each.level for each in parts.check_engine(torrent, running=True)}
        assert found["block list"] == "error"


class TestTmdb:
    @pytest.mark.parametrize(
        ("key", "level"),
        [("", "warning"), (API_KEY, "ok"), ("f" * 32, "error")],
        ids=["none", "right", "wrong"],
    )
    async def test_the_key(self, key: str, level: str) -> None:
        def make_tmdb(settings: TmdbSettings) -> Tmdb:
            transport = httpx2.ASGITransport(FakeTmdb())
            return Tmdb(settings, transport=transport, limits=Limits(per_second=1e6))

        found = await parts.check_tmdb(TmdbSettings(api_key=SecretStr(key)), make_tmdb)
        assert (found.level, found.subject) == (level, "TMDB")
