"""Nothing is lost: backups while the server runs, the way back, and the library as a document."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from tests.e2e.conftest import StartServer
from tests.e2e.user import MOVIE_PATH, User
from tests.fakes.swarm import make_source, open_swarm

KIB, MIB = 2**10, 2**20


async def run(user: User, *arguments: str, code: int = 0) -> str:
    """What `momoshtrem` says on the machine of this server."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOMOSHTREM_")}
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "momoshtrem", "--url", user.server.api_url, *arguments),
        env=environment | {"MOMOSHTREM_DATA_DIR": str(user.server.data_dir)},
        stdout=PIPE,
        stderr=PIPE,
    )
    told, complaints = await program.communicate()
    assert program.returncode == code, complaints.decode()
    return (told + complaints).decode()


async def test_a_restore_over_a_cache_that_has_changed_serves_no_wrong_byte(
    tmp_path: Path, start_server: StartServer
) -> None:
    source = make_source(tmp_path / "The.Film.2020.1080p.mkv", 2 * MIB)
    backup = str(tmp_path / "backup.zip")
    async with open_swarm(source, piece_length=256 * KIB) as swarm:
        user = await start_server()
        await user.assign(f"movies/{await user.add_movie()}", swarm.magnet)
        await user.read()
        await run(user, "backup", backup)
        await user.add_movie("Later", 2021)
        assert "in use by another momoshtrem" in await run(user, "restore", backup, code=1)
        await user.server.stop()

        # The bits of the backup say that all of it is here; by now some of it is not, and without a hole.
        (cached,) = (user.server.data_dir / "cache").glob("*/0")
        with cached.open("r+b") as file:
            file.seek(MIB)
            file.write(bytes(256 * KIB))
        assert "before-restore" in await run(user, "restore", backup)

        await user.server.start()
        assert (await user.read()).content == source.read_bytes()
        titles = [movie["title"] for movie in (await user.ask("GET", "/movies"))["items"]]
        assert titles == ["The Film"]


async def test_a_library_moves_to_another_server(tmp_path: Path, start_server: StartServer) -> None:
    source = make_source(tmp_path / "The.Film.2020.1080p.mkv", MIB)
    async with open_swarm(source, piece_length=256 * KIB) as swarm:
        user, other = await start_server(), await start_server(tmp_path / "other")
        await user.assign(f"movies/{await user.add_movie()}", swarm.torrent)
        document = str(tmp_path / "library.json")
        await run(user, "export", document, "--with-metainfo")
        report = json.loads(await run(other, "import", document, "--json"))
        assert [report[kind]["added"] for kind in ("torrents", "movies", "files")] == [1, 1, 1]
        assert (await other.list("/Movies")).text == (await user.list("/Movies")).text
        await other.tell_peers(swarm.info_hash, [peer.address for peer in swarm.peers])
        assert (await other.read(MOVIE_PATH)).content == source.read_bytes()
        checked = await run(other, "check")
    assert f"The running server listens on {other.server.api_url.removeprefix('http://')}." in checked
    assert "Sound, schema" in checked
