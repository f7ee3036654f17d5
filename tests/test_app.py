from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

from momoshtrem import app
from momoshtrem.app import announce, raise_file_limit, tell, watch_clients
from momoshtrem.faces.webdav.app import WebDav
from momoshtrem.folder import Credentials, DataFolder
from momoshtrem.settings import Logging, Settings
from tests.faces.webdav.library import example_streams
from tests.faces.webdav.server import connect, serving


class TestFileLimit:
    @pytest.mark.parametrize(
        ("soft", "hard", "wanted"),
        [
            (1024, 4096, 4096),
            (1024, 2**20, app.FILE_LIMIT),
            (1024, resource.RLIM_INFINITY, app.FILE_LIMIT),
            (2**20, 2**20, None),
            (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None),
        ],
    )
    def test_it_is_raised_as_far_as_it_may_be(
        self, monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, wanted: int | None
    ) -> None:
        raised: list[tuple[int, int]] = []
        monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
        monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))
        raise_file_limit()
        assert raised == ([(wanted, hard)] if wanted else [])


class TestAnnounce:
    def test_where_the_server_is(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("INFO")
        announce("https", {"api": "10.0.0.5:4444", "webdav": "10.0.0.5:36911"})
        assert "https://10.0.0.5:36911/" in caplog.text
        assert "https://10.0.0.5:4444/api/docs" in caplog.text

    def test_a_password_is_said_and_never_logged(
        self, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        tell(Credentials("user", "hunter2", "token"))
        assert "user with the password hunter2" in capsys.readouterr().out
        assert caplog.messages == []


class TestWatchClients:
    async def test_what_is_asked_goes_to_the_data_folder(self, tmp_path: Path) -> None:
        settings = Settings(data_dir=tmp_path, logging=Logging(clients=True))
        streams = example_streams()
        with watch_clients(WebDav(streams), settings, DataFolder(tmp_path), streams) as face:
            async with serving(face) as port, await connect(port) as client:
                await client.request("OPTIONS", "/")
        (line,) = (tmp_path / "clients.log").read_text().splitlines()
        assert json.loads(line)["method"] == "OPTIONS"

    def test_by_default_nothing_is_watched(self, tmp_path: Path) -> None:
        streams = example_streams()
        face = WebDav(streams)
        with watch_clients(face, Settings(), DataFolder(tmp_path), streams) as watched:
            assert watched is face
