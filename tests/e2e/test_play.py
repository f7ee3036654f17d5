"""The main job: a title in the library plays over WebDAV out of a swarm."""

from __future__ import annotations

from pathlib import Path

import av

from momoshtrem.films import make_film
from tests.e2e.conftest import StartServer
from tests.e2e.user import MOVIE_PATH
from tests.fakes.swarm import Line, make_source, open_swarm

KIB, MIB = 2**10, 2**20


async def test_a_movie_plays_out_of_a_magnet(tmp_path: Path, start_server: StartServer) -> None:
    source = make_source(tmp_path / "The.Film.2020.1080p.mkv", 6 * MIB)
    async with open_swarm(source, piece_length=256 * KIB) as swarm:
        user = await start_server()
        movie = await user.add_movie()
        assert (await user.list("/Movies")).text.count("<D:response>") == 1

        answer = await user.assign(f"movies/{movie}", swarm.magnet)

        assert answer.status_code == 200, answer.text
        assert answer.json()["matched"][0]["path"] == source.name
        assert "The%20Film%20%282020%29" in (await user.list("/Movies")).text
        assert swarm.sent < MIB
        whole = await user.read()
        assert whole.status_code == 200
        assert whole.content == source.read_bytes()


async def test_a_season_pack_lists_its_episodes(tmp_path: Path, start_server: StartServer) -> None:
    pack = tmp_path / "Show.S01.1080p-GRP"
    pack.mkdir()
    for number in (1, 2):
        make_source(pack / f"Show.S01E0{number}.1080p-GRP.mkv", 300_000 + number, seed=number)
    (pack / "Show.nfo").write_text("text")
    async with open_swarm(pack, piece_length=64 * KIB) as swarm:
        user = await start_server()
        episodes = [{"number": 1, "name": "One"}, {"number": 2, "name": "Two"}, {"number": 3}]
        show = await user.ask(
            "POST",
            "/shows",
            json={"title": "Show", "year": 2019, "seasons": [{"number": 1, "episodes": episodes}]},
        )

        answer = (await user.assign(f"shows/{show['id']}", swarm.torrent)).json()

        assert answer["summary"] == {
            "total_files": 3,
            "matched": 2,
            "proposed": 0,
            "unmatched": 0,
            "skipped": 1,
        }
        await user.tell_peers(swarm.info_hash, [peer.address for peer in swarm.peers])
        second = await user.read("/TV Shows/Show (2019)/Season 01/S01E02 - Two.mkv", Range="bytes=-1000")
        assert second.status_code == 206
        assert second.content == (pack / "Show.S01E02.1080p-GRP.mkv").read_bytes()[-1000:]


async def test_a_real_player_opens_an_mp4_with_its_index_at_the_end(
    tmp_path: Path, start_server: StartServer
) -> None:
    source = tmp_path / "The.Film.2020.mp4"
    make_film(source, 10)
    async with open_swarm(source, lines=[Line(rate=4e6, delay=0.02)], piece_length=128 * KIB) as swarm:
        user = await start_server()
        await user.assign(f"movies/{await user.add_movie()}", swarm.magnet)
        name, password = user.server.auth
        url = user.url(MOVIE_PATH.replace(".mkv", ".mp4")).replace("//", f"//{name}:{password}@")

        frames = await _decode_with_seek(url)

        assert [round(time) for time in frames] == [0, 6]


async def _decode_with_seek(url: str) -> list[float]:
    """Times of the first frame, and of the first one after a seek to the sixth second."""
    import asyncio

    def play() -> list[float]:
        with av.open(url) as film:
            times = [float(next(film.decode(video=0)).time or 0)]
            film.seek(6 * av.time_base)
            return [*times, float(next(film.decode(video=0)).time or 0)]

    return await asyncio.to_thread(play)


async def test_changes_show_in_the_next_request(tmp_path: Path, start_server: StartServer) -> None:
    source = make_source(tmp_path / "The.Film.2020.mkv", 100_000)
    async with open_swarm(source, piece_length=16 * KIB) as swarm:
        user = await start_server()
        movie = await user.add_movie()
        await user.assign(f"movies/{movie}", swarm.torrent)
        assert (await user.list("/Movies/The Film (2020)")).status_code == 207

        await user.ask("DELETE", f"/movies/{movie}/assign")

        assert (await user.list("/Movies/The Film (2020)")).status_code == 404
        assert (await user.list("/Movies")).status_code == 207


async def test_fetched_pieces_survive_kill_and_restart(tmp_path: Path, start_server: StartServer) -> None:
    source = make_source(tmp_path / "The.Film.2020.mkv", 8 * MIB)
    async with open_swarm(source, lines=[Line(rate=4e6)], piece_length=128 * KIB) as swarm:
        user = await start_server()
        await user.assign(f"movies/{await user.add_movie()}", swarm.magnet)
        taken = b""
        async with user.http.stream("GET", user.url(MOVIE_PATH)) as response:
            async for chunk in response.aiter_raw():
                taken += chunk
                if len(taken) > 6 * MIB:
                    await user.server.kill()
                    break
    assert source.read_bytes().startswith(taken)

    again = await start_server(streaming__timeout="1")

    first = await again.read(Range=f"bytes=0-{MIB - 1}")
    assert first.status_code == 206
    assert first.content == source.read_bytes()[:MIB]
