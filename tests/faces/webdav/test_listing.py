from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.faces.webdav.listing import HTML, STYLE, render_listing, size_text
from momoshtrem.faces.webdav.request import Request, encode_name
from momoshtrem.vfs.tree import Node, folder
from tests.faces.webdav.library import BIG, ODD_NAMES, a_file
from tests.faces.webdav.server import Client

HOSTILE = [
    "<script>alert(1)</script>.mkv",
    '"><img src=x onerror=alert(1)>.mkv',
    "&lt;b&gt;.mkv",
    "a\ud800b.mkv",
]
NAMES = st.text(min_size=1).filter(lambda name: "/" not in name and "\0" not in name)
TAGS = {"html", "meta", "title", "style", "nav", "header", "div", "h1", "p", "ul", "li", "a", "bdi"}
TAGS |= {"small", "span"}


class Page(HTMLParser):
    """What a browser would make of the page: links by class, and text without the style."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page.decode().replace(STYLE, ""))
        self.close()

    def hrefs(self, kind: str = "") -> list[str]:
        return [href for found, href in self.links if found == kind]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes |= values.keys()
        if tag == "a":
            self.links.append((values.get("class", ""), values["href"]))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data)


async def listed(path: str, *children: Node, prefix: str = "") -> Page:
    name = path.strip("/").rpartition("/")[2]
    return Page(await render_listing(folder(name, children), Request("GET", path, {}, prefix)))


def on_the_page(path: str, hrefs: list[str]) -> list[str]:
    """Where links lead a browser that shows the path."""
    asked = "http://h" + "".join(f"/{encode_name(name)}" for name in path.split("/")[1:])
    return [urljoin(asked, href) for href in hrefs]


@pytest.mark.parametrize("path", ["/odd & ends", "/odd & ends/"])
async def test_links_lead_to_the_children(path: str) -> None:
    page = await listed(path, *map(a_file, ODD_NAMES))
    urls = [f"http://h/odd%20%26%20ends/{encode_name(name)}" for name in sorted(ODD_NAMES)]
    above, *found = on_the_page(path, page.hrefs())
    assert (above, found) == ("http://h/", urls)
    all_of_it, *each = on_the_page(path, page.hrefs("play"))
    assert all_of_it == "http://h/odd%20%26%20ends/?m3u"
    assert each == [f"{url}?m3u" for url in urls]


@pytest.mark.parametrize("path", ["/a", "/a/", "/a/b/c", "/a/b/c/"])
async def test_links_to_the_folders_above(path: str) -> None:
    page = await listed(path, prefix="/dav")
    hrefs = on_the_page(f"/dav{path}", page.hrefs())
    assert hrefs == [
        f"http://h/dav/{above}" for above in ("", "a/", "a/b/")[: path.strip("/").count("/") + 1]
    ]


@pytest.mark.parametrize(("path", "shown"), [("/", "/dav/"), ("", "/dav")])
async def test_the_root_behind_a_proxy(path: str, shown: str) -> None:
    page = await listed(path, folder("Movies", ()), prefix="/dav")
    assert on_the_page(shown, page.hrefs()) == ["http://h/dav/Movies/"]


async def test_what_is_told_of_a_file() -> None:
    page = await listed("/Movies", a_file("Film.mkv", BIG), a_file("bare", 1))
    assert page.texts[-9:-7] == ["2 files · 17.2 GB", "Play all (M3U)"]
    assert page.texts[-7:] == ["Film", "MKV", "17.2 GB", "Play", "bare", "1 B", "Play"]


async def test_what_is_told_of_folders() -> None:
    page = await listed("/", folder("Movies", ()), folder("TV Shows", ()), a_file("x.mkv", 700))
    assert page.texts[:3] == ["Library · momoshtrem", "Library", "2 folders · 1 file · 700 B"]
    assert page.hrefs() == ["Movies/", "TV%20Shows/", "x.mkv"]


async def test_an_empty_folder_has_nothing_to_play() -> None:
    page = await listed("/Movies")
    assert page.texts[-1] == "Nothing is here yet."
    assert page.hrefs("play") == []


@pytest.mark.parametrize("name", HOSTILE)
async def test_names_are_only_text(name: str) -> None:
    await check_names_are_only_text(name)


@given(NAMES)
async def test_any_name_is_only_text(name: str) -> None:
    await check_names_are_only_text(name)


async def check_names_are_only_text(name: str) -> None:
    page = await listed(f"/{name}", folder(name, ()), a_file(name))
    assert page.tags <= TAGS
    assert page.attributes <= {"lang", "charset", "name", "content", "class", "href", "aria-label"}
    for _, href in page.links:
        assert re.fullmatch(r"(?:\.\./|\./|[\w.~%-]+/?)*(?:\?m3u)?", href, re.ASCII)


async def test_nothing_is_loaded_and_only_our_style_counts() -> None:
    policy = dict(HTML)["content-security-policy"]
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
    assert b"<style>" + STYLE.encode() + b"</style>" in await render_listing(
        folder("", ()), Request("GET", "/", {})
    )
    assert not re.search(r"url\(|@import|https?:", STYLE)


@pytest.mark.asyncio(loop_scope="module")
async def test_on_the_wire(client: Client) -> None:
    reply = await client.request("GET", "/odd%20%26%20ends/")
    assert {name: reply.headers[name] for name, _ in HTML} == dict(HTML)
    assert Page(reply.body).texts[1:4] == ["Library", "odd & ends", "17 files · 11.9 MB"]


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1_440_000_000, "1.44 GB"),
        (999_499_999, "999 MB"),
        (999_500_000, "1 GB"),
        (24_350_000_000, "24.4 GB"),
        (999_900_000_000, "1,000 GB"),
        (12_345_600_000_000, "12,346 GB"),
    ],
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert size_text(size) == text
