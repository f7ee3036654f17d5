"""Nothing is lost: backups while the server runs, the way back, and the library as a document."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from typer.testing import CliRunner

from momoshtrem.cli.commands import app
from tests.e2e.conftest import StartServer
from tests.e2e.user import User
from tests.fakes.swarm import make_source, open_swarm

KIB, MIB = 2**10, 2**20


async def run(user: User, *arguments: str, code: int = 0) -> str:
    """What `momoshtrem` says on the machine of this server, run in this process."""
    environment: dict[str, str | None] = {name: None for name in os.environ if name.startswith("MOMOSHTREM_")}
    environment["MOMOSHTREM_DATA_DIR"] = str(user.server.data_dir)
    command = ["--url", user.server.api_url, *arguments]
    done = await asyncio.to_thread(CliRunner().invoke, app, command, env=environment)
    assert done.exit_code == code, done.output
    return done.output


async def test_what_is_lost_comes_back(tmp_path: Path, start_server: StartServer) -> None:
    """One story, since servers take their time to start: a restore first, then an import."""
    source = make_source(tmp_path / "The.Film.2020.1080p.mkv", 2 * MIB)
    backup, document = str(tmp_path / "backup.zip"), str(tmp_path / "library.json")
    async with open_swarm(source, piece_length=256 * KIB) as swarm:
        user = await start_server()
        await user.assign(f"movies/{await user.add_movie()}", swarm.magnet)
        await user.read()
        await run(user, "backup", backup)
        await run(user, "export", document, "--with-metainfo")
        await user.add_movie("Later", 2021)
        assert "in use by another momoshtrem" in await run(user, "restore", backup, code=1)
        await user.server.stop()
        overwrite_in_cache(user)
        assert "before-restore" in await run(user, "restore", backup)

        await user.server.start()
        assert (await user.read()).content == source.read_bytes()
        titles = [movie["title"] for movie in (await user.ask("GET", "/movies"))["items"]]
        assert titles == ["The Film"]
        checked = await run(user, "check")
        assert f"The running server listens on {user.server.api_url.removeprefix('http://')}." in checked
        assert "Sound, schema" in checked

        listed = (await user.list("/Movies")).text
        await user.ask("DELETE", "/movies/1")
        await user.ask("DELETE", f"/torrents/{swarm.info_hash}", params={"delete_data": True})
        report = json.loads(await run(user, "import", document, "--json"))
        assert [report[kind]["added"] for kind in ("torrents", "movies", "files")] == [1, 1, 1]
        assert (await user.list("/Movies")).text == listed
        await user.tell_peers(swarm.info_hash, [peer.address for peer in swarm.peers])
        assert (await user.read()).content == source.read_bytes()


def overwrite_in_cache(user: User) -> None:
    """The bits of a backup say that all is here; by now some of it is not, and without a hole."""
    (cached,) = (user.server.data_dir / "cache").glob("*/0")
    with cached.open("r+b") as file:
        file.seek(MIB)
        file.write(bytes(256 * KIB))
