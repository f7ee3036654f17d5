"""curl: the whole file, a part of it, and a download that goes on where it was left."""

from __future__ import annotations

from pathlib import Path

from tests.clients.conftest import Film
from tests.clients.programs import client, run

pytestmark = client("curl")


async def curl(film: Film, *options: str | Path) -> bytes:
    login = ":".join(film.user.server.auth)
    return await run("curl", "--fail", "--silent", "--show-error", "--user", login, *options, film.url)


async def test_a_whole_film(film: Film) -> None:
    assert await curl(film) == film.source.read_bytes()


async def test_a_part_out_of_the_middle(film: Film) -> None:
    assert await curl(film, "--range", "7000000-7099999") == film.source.read_bytes()[7_000_000:7_100_000]


async def test_a_download_goes_on_where_it_was_left(film: Film, tmp_path: Path) -> None:
    partial = tmp_path / film.name
    partial.write_bytes(film.source.read_bytes()[:9_000_000])

    got = await curl(film, "--continue-at", "-", "--output", partial, "--write-out", "%{size_download}")

    assert partial.read_bytes() == film.source.read_bytes()
    assert int(got) == film.source.stat().st_size - 9_000_000
