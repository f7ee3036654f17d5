from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.faces.webdav import playlist
from momoshtrem.faces.webdav.playlist import playlist_headers, render_playlist
from momoshtrem.faces.webdav.request import encode_name
from momoshtrem.vfs.tree import Folder, Node, folder
from tests.faces.webdav.library import CONTENT, ODD_NAMES, a_file
from tests.faces.webdav.server import Client
from tests.fakes.streams import FakeStreams

BASE = "https://media.test:8443/dav"
SHOW = folder(
    "Pioneer One (2010)",
    [
        folder("Season 00", [a_file("S00E01 - Trailer.mp4")]),
        folder("Season 01", [a_file("S01E02 - Alone.mkv"), a_file("S01E01 - Earthfall.mkv")]),
        folder("Season 02", [a_file("S02E01.mkv"), a_file("S02E01.en.srt"), a_file("S02E01.jpg")]),
    ],
)
NAMES = st.text(min_size=1).filter(lambda name: "/" not in name and "\0" not in name)


async def entries(node: Node, *trail: str) -> list[tuple[str, str]]:
    """Titles and decoded URLs of the list."""
    text = (await render_playlist(node, trail, BASE)).decode()
    first, *lines = text.removesuffix("\n").split("\n")
    assert first == "#EXTM3U"
    titles = [line.removeprefix("#EXTINF:-1,") for line in lines[::2]]
    return list(zip(titles, map(unquote, lines[1::2]), strict=True))


async def test_a_season() -> None:
    season = SHOW.find("Season 01")
    assert isinstance(season, Folder)
    assert await entries(season, "TV Shows", SHOW.name, "Season 01") == [
        (f"Pioneer One (2010) - S01E{name}", f"{BASE}/TV Shows/Pioneer One (2010)/Season 01/S01E{name}.mkv")
        for name in ("01 - Earthfall", "02 - Alone")
    ]


async def test_a_show_has_all_its_seasons_then_the_specials() -> None:
    """Only what plays: no subtitles, no pictures."""
    titles = [title.rpartition("(2010) - ")[2] for title, _ in await entries(SHOW, "TV Shows", SHOW.name)]
    assert titles == ["S01E01 - Earthfall", "S01E02 - Alone", "S02E01", "S00E01 - Trailer"]


async def test_a_file_is_a_list_of_one() -> None:
    film = a_file("Film (2008).mkv")
    url = f"{BASE}/Movies/Film (2008)/Film (2008).mkv"
    assert await entries(film, "Movies", "Film (2008)", film.name) == [("Film (2008)", url)]


async def test_an_empty_folder() -> None:
    assert await render_playlist(folder("Movies", ()), ("Movies",), BASE) == b"#EXTM3U\n"


async def test_a_large_folder_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playlist, "MAX_ENTRIES", 3)
    many = folder("Movies", [a_file(f"{number}.mkv") for number in range(5)])
    assert [title for title, _ in await entries(many, "Movies")] == ["0", "1", "2"]


@given(NAMES, NAMES)
async def test_no_name_adds_a_line(parent: str, name: str) -> None:
    film = a_file(f"{name}.mkv")
    text = (await render_playlist(folder(parent, [film]), (parent,), BASE)).decode()
    lines = text.split("\n")
    assert len(lines) == 4
    assert text.splitlines() == lines[:-1]
    assert lines[1].startswith("#EXTINF:-1,")
    assert urlsplit(lines[2]).path == f"/dav/{encode_name(parent)}/{encode_name(film.name)}"


@pytest.mark.parametrize(
    ("trail", "plain", "name"),
    [
        ((), "Library", "Library"),
        (("Movies",), "Movies", "Movies"),
        (("Movies", 'Am\u00e9lie "Ñ" 100%'), "Am_lie ___ 100_", 'Am\u00e9lie "Ñ" 100%'),
        (("TV Shows", "Show (2010)", "Season 01"), "Show (2010) - Season 01", "Show (2010) - Season 01"),
    ],
)
def test_the_file_is_named_for_the_folder(trail: tuple[str, ...], plain: str, name: str) -> None:
    """In both forms of RFC 6266, for clients that know only the plain one."""
    headers = dict(playlist_headers(folder("", ()), trail))
    assert headers["content-type"] == "audio/x-mpegurl"
    extended = quote(name, safe="")
    disposition = f"attachment; filename=\"{plain}.m3u\"; filename*=UTF-8''{extended}.m3u"
    assert headers["content-disposition"] == disposition


@given(NAMES)
def test_no_name_breaks_the_header(name: str) -> None:
    disposition = dict(playlist_headers(a_file(name), ("Movies", name)))["content-disposition"]
    assert disposition.isascii()
    assert disposition.isprintable()
    assert disposition.count('"') == 2


@pytest.mark.asyncio(loop_scope="module")
class TestOnTheWire:
    async def test_a_folder_asked_for_as_a_list(self, client: Client, streams: FakeStreams) -> None:
        """Each URL of it plays; none was opened to make it."""
        reply = await client.request("GET", "/odd%20%26%20ends?m3u", {"Host": "media.test:8443"})
        assert (reply.status, reply.headers["content-type"]) == (200, "audio/x-mpegurl")
        assert streams.readers == []
        urls = [line for line in reply.body.decode().splitlines() if not line.startswith("#")]
        assert len(urls) == len(ODD_NAMES)
        for url in urls:
            assert url.startswith("http://media.test:8443/odd%20%26%20ends/")
            part = await client.request("GET", urlsplit(url).path, {"Range": "bytes=5-9"})
            assert part.body == CONTENT[5:10]

    async def test_head(self, client: Client) -> None:
        for target in ("/?m3u", "/Movies/?m3u", "/Movies/Film.mkv?m3u"):
            whole = await client.request("GET", target)
            head = await client.request("HEAD", target)
            assert (head.status, head.headers["content-length"]) == (200, str(len(whole.body)))

    async def test_only_that_query_counts(self, client: Client) -> None:
        assert (await client.request("GET", "/Movies/Film.mkv?x=m3u")).body == CONTENT
        assert (await client.request("GET", "/nothing?m3u")).status == 404

    async def test_credentials_are_not_in_it(self, client: Client) -> None:
        asked = {"Authorization": "Basic dXNlcjpwYXNz", "Host": "user:pass@media.test"}
        reply = await client.request("GET", "http://user:pass@media.test/Movies?m3u", asked)
        assert reply.status == 200
        assert b"pass" not in reply.body
