from __future__ import annotations

import gc

from defusedxml.ElementTree import fromstring

from momoshtrem.faces.webdav import render
from momoshtrem.faces.webdav.propfind import Wanted
from momoshtrem.faces.webdav.render import Renderer
from momoshtrem.faces.webdav.slices import SLICE
from momoshtrem.vfs.tree import folder
from tests.faces.webdav.library import a_file

ALL = Wanted(all_live=True)


def hrefs(body: bytes) -> list[str]:
    return [element.text or "" for element in fromstring(body).iter("{DAV:}href")]


async def test_the_node_comes_first() -> None:
    node = folder("f", [folder("b c", ()), a_file("a&.mkv")])
    assert hrefs(await Renderer().render("/x/f", node, ALL, 1)) == ["/x/f/", "/x/f/a%26.mkv", "/x/f/b%20c/"]
    assert hrefs(await Renderer().render("/x/f", node, ALL, 0)) == ["/x/f/"]
    assert hrefs(await Renderer().render("", folder("", ()), ALL, 1)) == ["/"]
    assert hrefs(await Renderer().render("/x/a", a_file("a"), ALL, 1)) == ["/x/a"]


async def test_more_children_than_a_slice() -> None:
    names = [f"{number:04}.mkv" for number in range(2 * SLICE + 1)]
    body = await Renderer().render("/f", folder("f", map(a_file, names)), ALL, 1)
    assert hrefs(body)[1:] == [f"/f/{name}" for name in names]


async def test_shared_child_has_the_href_of_each_parent() -> None:
    renderer, child = Renderer(), a_file("a.mkv")
    for path in ("/one", "/two", "/one"):
        body = await renderer.render(path, folder(path[1:], [child]), ALL, 1)
        assert hrefs(body) == [f"{path}/", f"{path}/a.mkv"]


async def test_sets_of_properties_are_kept_apart() -> None:
    renderer, node = Renderer(), folder("f", [a_file("a.mkv")])
    sets = [Wanted((f"{{DAV:}}p{number}",)) for number in range(render.MAX_SETS + 3)]
    for _ in range(2):
        for number, wanted in enumerate(sets):
            body = await renderer.render("/f", node, wanted, 1)
            assert body.count(f"<D:p{number}/>".encode()) == body.count(b"404 Not Found") == 2
    assert len(renderer._kept) == render.MAX_SETS


async def test_fragments_die_with_their_nodes() -> None:
    renderer = Renderer()
    await renderer.render("/f", folder("f", [a_file("a.mkv")]), ALL, 1)
    gc.collect()
    assert [len(kept) for kept in renderer._kept.values()] == [0]
