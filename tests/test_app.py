from __future__ import annotations

import contextlib
import json
import resource
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from momoshtrem import app
from momoshtrem.app import Server, address, announce, bind, make_server, raise_file_limit, tell, watch_clients
from momoshtrem.errors import StartFailed
from momoshtrem.faces.webdav.app import WebDav
from momoshtrem.folder import Credentials, DataFolder
from momoshtrem.settings import Logging, Settings
from tests.faces.webdav.library import example_streams
from tests.faces.webdav.server import connect, serving

LOOPBACK = "127.0.0.1"
needs_ipv6 = pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="IPv6 is off on this machine")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with bind(LOOPBACK, 0, "api") as bound:
        yield bound


class TestBind:
    @pytest.mark.parametrize("host", [LOOPBACK, pytest.param("::1", marks=needs_ipv6), "localhost"])
    def test_it_listens(self, host: str) -> None:
        with contextlib.closing(bind(host, 0, "api")) as bound:
            socket.create_connection(bound.getsockname()[:2], timeout=10).close()

    def test_small_answers_are_sent_at_once(self, listener: socket.socket) -> None:
        """asyncio turns Nagle's delay off only for sockets that name TCP as their protocol."""
        assert listener.proto == socket.IPPROTO_TCP

    def test_a_port_in_use_names_the_setting(self, listener: socket.socket) -> None:
        port = listener.getsockname()[1]
        with pytest.raises(StartFailed, match=rf"Port {port} is in use.*webdav\.port"):
            bind(LOOPBACK, port, "webdav")

    @pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
    def test_an_address_that_is_not_ours_names_the_settings(self, host: str) -> None:
        with pytest.raises(StartFailed, match=rf"{host}:4444 cannot be used.*api\.host"):
            bind(host, 4444, "api")


def test_a_server_leaves_the_signals_to_the_program() -> None:
    async def face(*_: object) -> None: ...

    server = make_server(face)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with server.capture_signals():
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert isinstance(server, Server)


def test_a_server_says_nothing_of_itself_and_stops_soon() -> None:
    async def face(*_: object) -> None: ...

    config = make_server(face).config
    assert not config.server_header
    assert config.timeout_graceful_shutdown is not None
    assert config.timeout_graceful_shutdown < 5


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


def test_an_address_is_written_as_in_a_url(listener: socket.socket) -> None:
    assert address(listener) == f"{LOOPBACK}:{listener.getsockname()[1]}"


@needs_ipv6
def test_an_ipv6_address_is_written_in_brackets() -> None:
    with bind("::1", 0, "api") as bound:
        assert address(bound) == f"[::1]:{bound.getsockname()[1]}"


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
