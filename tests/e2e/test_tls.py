"""The real command with a certificate of its own."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
from pathlib import Path

import pytest

from momoshtrem.errors import StartFailed
from momoshtrem.spawn import LOOPBACK, SpawnedServer
from tests.clients.programs import needs, run
from tests.e2e.conftest import StartServer
from tests.e2e.user import MOVIE_PATH
from tests.fakes.certificates import Files, write_certificate
from tests.fakes.swarm import make_source, open_swarm

KIB, MIB = 2**10, 2**20


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return write_certificate(tmp_path / "tls")


def settings_of(files: Files) -> dict[str, str]:
    return {"tls__certificate": str(files.certificate), "tls__key": str(files.key)}


@needs("curl")
async def test_a_film_plays_over_tls(start_server: StartServer, files: Files, tmp_path: Path) -> None:
    source = make_source(tmp_path / "The.Film.2020.mkv", 4 * MIB)
    async with open_swarm(source, piece_length=64 * KIB) as swarm:
        user = await start_server(**settings_of(files))
        await user.assign(f"movies/{await user.add_movie()}", swarm.magnet)
        listing = await user.list("/Movies/The Film (2020)")
        assert listing.status_code == 207

        async def curl(*options: str) -> bytes:
            login = ("--user", ":".join(user.server.auth), "--cacert", files.authority)
            return await run("curl", "--silent", "--show-error", *login, *options, user.url(MOVIE_PATH))

        assert await curl() == source.read_bytes()
        assert await curl("--range", "1000000-2999999") == source.read_bytes()[1_000_000:3_000_000]


async def test_the_command_line_knows_the_certificate(start_server: StartServer, files: Files) -> None:
    user = await start_server(**settings_of(files))
    said = await run(
        *(sys.executable, "-m", "momoshtrem", "status", "--json"),
        environment={
            "MOMOSHTREM_DATA_DIR": str(user.server.data_dir),
            "MOMOSHTREM_API__PORT": user.server.api_url.rpartition(":")[2],
            "MOMOSHTREM_TLS__CERTIFICATE": str(files.certificate),
        },
    )
    assert json.loads(said)["version"]


async def test_handshakes_that_never_end_hold_up_neither_others_nor_the_stop(
    start_server: StartServer, files: Files
) -> None:
    user = await start_server(**settings_of(files))
    port = int(user.server.webdav_url.rpartition(":")[2])
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            stuck = stack.enter_context(socket.create_connection((LOOPBACK, port)))
            stuck.sendall(b"\x16\x03\x01\x02\x00\x01")
        assert (await user.list("/")).status_code == 207
        assert await user.server.stop() == 0
    assert "Traceback" not in user.server.log.read_text()


async def test_a_key_of_another_certificate_is_said(files: Files, tmp_path: Path) -> None:
    other = write_certificate(tmp_path / "other")
    settings = settings_of(files) | {"tls__key": str(other.key)}
    environment = {f"MOMOSHTREM_{name.upper()}": value for name, value in settings.items()}
    with pytest.raises(StartFailed, match="is not the key of"):
        await SpawnedServer(tmp_path / "data", environment).start()
