from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest

from momoshtrem.faces.webdav.listing import render_listing
from momoshtrem.faces.webdav.request import Request, encode_name
from momoshtrem.vfs.tree import folder
from tests.faces.webdav.library import ODD_NAMES, a_file


class Links(HTMLParser):
    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.hrefs += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data)


@pytest.mark.parametrize("path", ["/odd & ends", "/odd & ends/"])
def test_links_lead_to_the_children(path: str) -> None:
    node = folder("odd & ends", map(a_file, ODD_NAMES))
    links = Links(render_listing(node, Request("GET", path, {})))
    asked = "http://h/" + encode_name(path.strip("/")) + "/" * path.endswith("/")
    assert [urljoin(asked, href) for href in links.hrefs] == [
        f"http://h/odd%20%26%20ends/{encode_name(child.name)}" for child in node.children
    ]
    assert links.texts == ["/odd & ends", *(child.name for child in node.children)]
    assert links.tags == {"meta", "title", "ul", "li", "a"}


def test_root_lists_folders_with_a_slash() -> None:
    page = render_listing(folder("", [folder("Movies", ())]), Request("GET", "/", {}))
    assert Links(page).hrefs == ["Movies/"]
