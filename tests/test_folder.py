from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from momoshtrem.errors import StartFailed
from momoshtrem.folder import Credentials, DataFolder, write_private


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "deep" / "data").make()


class TestFolder:
    def test_it_is_made_with_its_parents(self, data: DataFolder) -> None:
        assert data.path.is_dir()
        assert data.cache == data.path / "cache"
        assert data.database_url == f"sqlite:///{data.path}/momoshtrem.db"

    def test_only_its_owner_may_look_into_it(self, data: DataFolder) -> None:
        assert data.path.stat().st_mode & 0o777 == 0o700

    def test_one_that_was_there_stays_as_it_was(self, data: DataFolder) -> None:
        data.path.chmod(0o750)
        data.make()
        assert data.path.stat().st_mode & 0o777 == 0o750

    def test_home_is_known(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        assert DataFolder(Path("~/data")).path == tmp_path / "data"

    @pytest.mark.parametrize("below", ["", "data"])
    def test_where_it_cannot_be_made_is_said(self, tmp_path: Path, below: str) -> None:
        file = tmp_path / "file"
        file.touch()
        with pytest.raises(StartFailed, match=f"data folder {file / below} cannot be made"):
            DataFolder(file / below).make()


class TestLock:
    def test_one_at_a_time(self, data: DataFolder) -> None:
        with data.lock():
            with (
                pytest.raises(StartFailed, match=rf"in use by another momoshtrem \(process {os.getpid()}\)"),
                DataFolder(data.path).lock(),
            ):
                pass
            assert (data.path / "lock").read_text() == str(os.getpid())
        with data.lock():
            pass

    def test_what_a_dead_process_left_is_no_lock(self, data: DataFolder) -> None:
        (data.path / "lock").write_text("999999999")
        with data.lock():
            assert (data.path / "lock").read_text() == str(os.getpid())

    def test_a_folder_that_is_not_writable_is_said(self, data: DataFolder) -> None:
        (data.path / "lock").mkdir()
        with pytest.raises(StartFailed, match="not writable"), data.lock():
            pass


class TestCredentials:
    def test_they_are_made_once(self, data: DataFolder) -> None:
        assert data.read_credentials() is None
        first, made = data.make_credentials("user", "")
        assert made
        assert len(first.password) >= 16
        assert len(first.token) >= 43
        assert DataFolder(data.path).make_credentials("user", "") == (first, False)
        assert data.read_credentials() == first

    def test_two_folders_have_different_ones(self, data: DataFolder, tmp_path: Path) -> None:
        first, _ = data.make_credentials("user", "")
        second, _ = DataFolder(tmp_path / "other").make().make_credentials("user", "")
        assert first.password != second.password
        assert first.token != second.token

    def test_settings_win_and_the_token_stays(self, data: DataFolder) -> None:
        first, _ = data.make_credentials("user", "")
        second, made = data.make_credentials("me", "chosen")
        assert (second, made) == (Credentials("me", "chosen", first.token), False)

    def test_a_chosen_password_is_not_made(self, data: DataFolder) -> None:
        assert data.make_credentials("user", "chosen")[1] is False

    def test_only_the_owner_may_read_them(self, data: DataFolder) -> None:
        data.make_credentials("user", "")
        (file,) = data.path.iterdir()
        assert file.stat().st_mode & 0o777 == 0o600

    def test_secrets_are_not_in_the_repr(self, data: DataFolder) -> None:
        credentials, _ = data.make_credentials("user", "chosen")
        assert "chosen" not in repr(credentials)
        assert credentials.token not in repr(credentials)

    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"[]", b"null", b"{}", b'{"username": "user"}', b'{"user": 1}', b"\xff\xfe"],
    )
    def test_what_cannot_be_read_is_said_and_kept(self, data: DataFolder, content: bytes) -> None:
        file = data.path / "credentials.json"
        file.write_bytes(content)
        with pytest.raises(StartFailed, match=r"credentials\.json cannot be read; remove it"):
            data.make_credentials("user", "")
        assert file.read_bytes() == content

    def test_where_they_cannot_be_written_is_said(self, data: DataFolder) -> None:
        (data.path / "credentials.new").mkdir()
        with pytest.raises(StartFailed, match=r"credentials\.json cannot be written"):
            data.make_credentials("user", "")


def test_a_private_file_is_replaced_whole_and_what_a_crash_left_is_no_hindrance(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    file.write_text("old and longer")
    file.chmod(0o644)
    (tmp_path / "file.new").write_text("half")
    write_private(file, json.dumps(["new"]))
    assert json.loads(file.read_text()) == ["new"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


class TestOwner:
    def test_who_holds_the_folder_is_known(self, data: DataFolder) -> None:
        assert data.find_owner() is None
        with data.lock():
            assert data.find_owner() == str(os.getpid())
        assert data.find_owner() is None

    def test_to_ask_makes_nothing(self, tmp_path: Path) -> None:
        assert DataFolder(tmp_path / "none").find_owner() is None
        assert list(tmp_path.iterdir()) == []
