"""lftp: the whole tree, a film in parts at once, and a download that goes on where it was left."""

from __future__ import annotations

from pathlib import Path

from tests.clients.conftest import Film, Show
from tests.clients.programs import client, run
from tests.e2e.user import User

pytestmark = client("lftp")


async def lftp(user: User, home: Path, command: str) -> str:
    login = ",".join(user.server.auth)
    script = f"set http:use-propfind yes; set net:max-retries 2; {command}; exit"
    environment = {"HOME": str(home), "LC_ALL": "C.UTF-8"}
    arguments = ("--norc", "-u", login, "-e", script, user.server.webdav_url)
    return (await run("lftp", *arguments, environment=environment)).decode()


async def test_all_films_are_found(show: Show, tmp_path: Path) -> None:
    found = await lftp(show.user, tmp_path, f'find "{show.folder}"')

    assert found.splitlines() == [f"{show.folder}/", *(film.path for film in show.films)]


async def test_a_film_comes_in_parts_at_once(film: Film, tmp_path: Path) -> None:
    await lftp(film.user, tmp_path, f'pget -n 3 "{film.path}" -o {tmp_path}/copy')

    assert (tmp_path / "copy").read_bytes() == film.source.read_bytes()


async def test_a_download_goes_on_where_it_was_left(film: Film, tmp_path: Path) -> None:
    content = film.source.read_bytes()
    (tmp_path / "copy").write_bytes(content[:9_000_000])

    await lftp(film.user, tmp_path, f'get -c "{film.path}" -o {tmp_path}/copy')

    assert (tmp_path / "copy").read_bytes() == content
