"""The tree that clients see: immutable nodes, looked up by path, swapped whole.

A change builds new folders along one path and shares the rest, so a lookup never waits and never sees half
a change. A folder derives its children when somebody looks into it: a library of 100,000 episodes costs
little until it is browsed. Names are NFC; a request in another normal form or case finds them too (macOS
asks in NFD).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter

from momoshtrem.model.names import fold
from momoshtrem.model.torrent import FileRef

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

by_name = attrgetter("name")


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class File:
    """A leaf. Size, time and tag change only with the bytes."""

    name: str
    ref: FileRef
    modified: datetime

    @property
    def size(self) -> int:
        return self.ref.size

    @property
    def etag(self) -> str:
        """An opaque strong tag, without quotes: it names the bytes."""
        return f"{self.ref.info_hash}-{self.ref.file_index}"


class Folder:
    """A folder; compared by identity, so that a face may cache by it.

    Args:
        name: "" for the root.
        modified: when its children last changed.
        derive: makes the children, in any order; called once, when they are first asked for.
    """

    __slots__ = ("__weakref__", "_by_fold", "_by_name", "_children", "_derive", "modified", "name")

    def __init__(self, name: str, modified: datetime, derive: Callable[[], Iterable[Node]]) -> None:
        self.name = name
        self.modified = modified
        self._derive: Callable[[], Iterable[Node]] | None = derive
        self._children: tuple[Node, ...] = ()
        self._by_name: Index | None = None
        self._by_fold: Index | None = None

    @property
    def children(self) -> tuple[Node, ...]:
        """In the order of their names."""
        if self._derive is not None:
            self._children = tuple(sorted(self._derive(), key=by_name))
            self._derive = None
        return self._children

    def find(self, name: str) -> Node | None:
        """The child of that name: exact, else by normal form and case."""
        if self._by_name is None:
            self._by_name = {child.name: child for child in self.children}
        if (found := self._by_name.get(name)) is not None:
            return found
        if self._by_fold is None:
            self._by_fold = {fold(child.name): child for child in self.children}
        return self._by_fold.get(fold(name))

    def replace(self, name: str, child: Node | None) -> Folder:
        """This folder with the child `name` exchanged, added or (None) taken out."""
        at = bisect_left(self.children, name, key=by_name)
        is_there = at < len(self.children) and self.children[at].name == name
        nodes = [*self.children[:at], *self.children[at + is_there :]]
        modified = None
        if child is not None:
            nodes.insert(bisect_left(nodes, child.name, key=by_name), child)
            modified = None if is_there else max(self.modified, child.modified)
        new = folder(self.name, nodes, modified)
        gone = name if is_there else None
        new._by_name = _exchange(self._by_name, gone, child, lambda name: name, len(nodes))
        new._by_fold = _exchange(self._by_fold, gone, child, fold, len(nodes))
        return new


Node = File | Folder
Index = dict[str, Node]


def _exchange(
    index: Index | None, gone: str | None, new: Node | None, key: Callable[[str], str], size: int
) -> Index | None:
    """An index after a change, since to build it anew is most of the cost of one.

    None where names share a key: who has it then is seen only when the index is built.
    """
    if index is None:
        return None
    changed = index.copy()
    if gone is not None:
        del changed[key(gone)]
    if new is not None:
        changed[key(new.name)] = new
    return changed if len(changed) == size else None


def folder(name: str, children: Iterable[Node], modified: datetime | None = None) -> Folder:
    """A folder of these children, as new as its newest child unless that is known."""
    nodes = tuple(children)
    return Folder(name, modified or max((node.modified for node in nodes), default=EPOCH), lambda: nodes)


@dataclass(frozen=True)
class Tree:
    """A snapshot of everything that is listed."""

    root: Folder = field(default_factory=lambda: folder("", ()))

    def find(self, path: str) -> Node | None:
        """The node at a decoded path; empty segments count for nothing, `.` and `..` find nothing."""
        node: Node | None = self.root
        for name in path.split("/"):
            if not name:
                continue
            node = node.find(name) if isinstance(node, Folder) else None
            if node is None:
                return None
        return node
