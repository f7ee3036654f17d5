"""The files of the suite as our face serves them."""

from __future__ import annotations

from collections.abc import Mapping

from momoshtrem.model.torrent import FileRef
from momoshtrem.vfs.tree import File, Node, Tree, folder
from tests.faces.webdav.conformance.files import BIG, BIG_SIZE, EMPTY_FOLDER, FILES
from tests.faces.webdav.library import MODIFIED
from tests.fakes.streams import FakeStreams, Script

Branch = dict[str, "Branch | int"]


def file_streams() -> FakeStreams:
    sizes = {**{path: len(content) for path, content in FILES.items()}, BIG: BIG_SIZE}
    scripts = {path.rpartition("/")[2]: Script(content) for path, content in FILES.items()}
    root: Branch = {EMPTY_FOLDER[1:]: {}}
    for path, size in sizes.items():
        *parents, name = path[1:].split("/")
        branch = root
        for parent in parents:
            below = branch.setdefault(parent, {})
            assert isinstance(below, dict)
            branch = below
        branch[name] = size
    return FakeStreams(Tree(folder("", _nodes(root), MODIFIED)), scripts)


def _nodes(branch: Mapping[str, Branch | int]) -> list[Node]:
    return [
        File(name, FileRef(name.encode().hex(), 0, below), MODIFIED)
        if isinstance(below, int)
        else folder(name, _nodes(below), MODIFIED)
        for name, below in branch.items()
    ]
