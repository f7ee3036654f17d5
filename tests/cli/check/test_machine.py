from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from momoshtrem.cli.check import machine
from momoshtrem.cli.check.finding import Finding
from momoshtrem.errors import StorageFailed
from momoshtrem.folder import DataFolder
from momoshtrem.settings import Api, Cache, Settings, Tls, WebDav
from tests.fakes.certificates import write_certificate

SMALL = Cache(max_size=1, min_free=0)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data").make()


def levels(found: list[Finding]) -> dict[str, str]:
    return {each.subject: each.level for each in found}


class TestFolder:
    def test_one_that_can_be_used(self, data: DataFolder) -> None:
        found = list(machine.check_folder(data, SMALL))
        assert levels(found) == {"data folder": "ok", "disk": "ok", "file system": "ok"}
        assert "no server is running" in found[0].message
        assert list(data.path.iterdir()) == []

    def test_one_that_is_not_there_is_not_made(self, tmp_path: Path) -> None:
        missing = DataFolder(tmp_path / "none" / "data")
        found = list(machine.check_folder(missing, SMALL))
        assert levels(found) == {"data folder": "ok", "disk": "ok", "file system": "ok"}
        assert "is not there yet" in found[0].message
        assert list(tmp_path.iterdir()) == []

    def test_one_that_is_held(self, data: DataFolder) -> None:
        with data.lock():
            found = list(machine.check_folder(data, SMALL))
        assert "in use by the server" in found[0].message

    def test_one_that_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        (found,) = machine.check_folder(DataFolder(tmp_path / "file" / "data"), SMALL)
        assert found.level == "error"

    def test_one_on_a_disk_that_cannot_be_written(
        self, data: DataFolder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(machine, "is_read_only", lambda _: True)
        (found,) = machine.check_folder(data, SMALL)
        assert (found.level, found.subject) == ("error", "data folder")

    def test_one_that_others_can_look_into(self, data: DataFolder) -> None:
        data.path.chmod(0o755)
        assert [each.level for each in machine.check_folder(data, SMALL)][:2] == ["ok", "warning"]

    @pytest.mark.parametrize(
        ("cache", "sentence"),
        [
            (Cache(max_size=1, min_free=2**60), "cache.min_free asks for"),
            (Cache(max_size=2**60, min_free=0), "too few for all of cache.max_size"),
        ],
    )
    def test_a_disk_that_is_too_small(self, data: DataFolder, cache: Cache, sentence: str) -> None:
        disk = next(each for each in machine.check_folder(data, cache) if each.subject == "disk")
        assert disk.level == "warning"
        assert sentence in disk.message

    def test_a_disk_without_holes(self, data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(machine, "can_punch", lambda _: False)
        assert levels(list(machine.check_folder(data, SMALL)))["file system"] == "warning"

    def test_a_disk_that_fails(self, data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(_: Path) -> bool:
            raise StorageFailed("The disk is broken.")

        monkeypatch.setattr(machine, "can_punch", fail)
        assert levels(list(machine.check_folder(data, SMALL)))["file system"] == "error"

    def test_a_disk_without_sparse_files(self, data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(machine, "SPARSE", 0)
        assert levels(list(machine.check_folder(data, SMALL)))["file system"] == "warning"


class TestPorts:
    def test_free_taken_or_ours(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            settings = Settings(api=Api(host="127.0.0.1", port=port), webdav=WebDav(host="127.0.0.1", port=0))
            assert levels(list(machine.check_ports(settings, {}))) == {
                "api port": "error",
                "webdav port": "ok",
            }
            ours = {"api": f"127.0.0.1:{port}"}
            assert levels(list(machine.check_ports(settings, ours)))["api port"] == "ok"


class TestCertificate:
    def test_none(self) -> None:
        assert [each.level for each in machine.check_certificate(Tls())] == ["ok"]

    @pytest.mark.parametrize(
        ("not_after", "level"),
        [(None, "ok"), (datetime(2020, 2, 1), "warning")],  # noqa: DTZ001 - as trustme takes it
    )
    def test_one_that_clients_may_refuse(
        self, tmp_path: Path, not_after: datetime | None, level: str
    ) -> None:
        files = write_certificate(tmp_path / "tls", not_after)
        tls = Tls(certificate=str(files.certificate), key=str(files.key))
        assert [each.level for each in machine.check_certificate(tls)] == [level]

    def test_one_that_is_not_there(self, tmp_path: Path) -> None:
        (found,) = machine.check_certificate(Tls(certificate=str(tmp_path / "none.pem")))
        assert (found.level, found.subject) == ("error", "certificate")


class TestClock:
    def test_the_right_time(self) -> None:
        assert machine.check_clock(None, NOW).level == "ok"

    def test_a_clock_that_was_never_set(self) -> None:
        assert machine.check_clock(None, datetime(1970, 1, 1, tzinfo=UTC)).level == "error"

    def test_a_clock_that_was_set_back(self, tmp_path: Path) -> None:
        (tmp_path / "library.db").touch()
        now = datetime.now(UTC)
        assert machine.check_clock(tmp_path / "library.db", now).level == "ok"
        assert machine.check_clock(tmp_path / "library.db", now - timedelta(hours=1)).level == "error"
