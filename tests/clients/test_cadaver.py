"""cadaver, and with it the neon library."""

from __future__ import annotations

import re
from pathlib import Path

from tests.clients.conftest import Show
from tests.clients.programs import client, run

pytestmark = client("cadaver")


async def test_films_are_listed_and_fetched(show: Show, tmp_path: Path) -> None:
    name, password = show.user.server.auth
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1\nlogin {name}\npassword {password}\n")
    environment = {"HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    fetches = [f'get "{film.name}" {tmp_path / film.source.name}' for film in show.films]
    commands = [f'cd "{show.folder[1:]}"', "ls", *fetches, "put /dev/null new", "quit"]

    said = await run(
        "cadaver", show.user.server.webdav_url, said="\n".join(commands), environment=environment
    )

    for film in show.films:
        size = film.source.stat().st_size
        assert re.search(rf"^ +{re.escape(film.name)} +{size} ", said.decode(), re.MULTILINE)
        assert (tmp_path / film.source.name).read_bytes() == film.source.read_bytes()
    assert b"403 Forbidden" in said
