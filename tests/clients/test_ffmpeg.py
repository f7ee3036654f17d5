"""ffprobe and ffmpeg: what they find in a film on the server is what they find in its source."""

from __future__ import annotations

import json
from pathlib import Path

from tests.clients.conftest import Film
from tests.clients.programs import client, run

pytestmark = client("ffmpeg", "ffprobe")


async def probe(film: str | Path) -> dict[str, str]:
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration,size,nb_streams", "-of", "json"]
    found: dict[str, str] = json.loads(await run(*command, film))["format"]
    return found


async def decode_at(seconds: float, film: str | Path) -> bytes:
    """The time and the hash of the first picture after a seek."""
    command = f"ffmpeg -v error -copyts -ss {seconds} -i".split()
    return await run(*command, film, *["-map", "0:v", "-frames:v", "1", "-f", "framehash", "-"])


async def test_what_is_in_a_film(film: Film) -> None:
    found = await probe(film.login_url)

    assert found == await probe(film.source)
    assert float(found["duration"]) > 200


async def test_a_picture_after_a_seek_to_the_middle(film: Film) -> None:
    middle = float((await probe(film.source))["duration"]) / 2

    picture = await decode_at(middle, film.login_url)

    assert picture == await decode_at(middle, film.source)
    assert picture.splitlines()[-1].startswith(b"0,")
