"""The tree that clients see: immutable nodes, looked up by path, swapped whole.

A change builds new folders along one path and shares the rest, so a lookup never waits and never sees half
a change. Names are NFC; a request in another normal form or case finds them too (macOS asks in NFD).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from momoshtrem.model.names import fold
from momoshtrem.model.torrent import FileRef

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class File:
    """A leaf. `etag` is an opaque strong tag without quotes; size and time change only with the bytes."""

    name: str
    ref: FileRef
    modified: datetime
    etag: str

    @property
    def size(self) -> int:
        return self.ref.size


@dataclass(frozen=True, eq=False)
class Folder:
    """A folder; compared by identity, so a face may cache by it."""

    name: str
    children: tuple[Node, ...] = ()
    modified: datetime = EPOCH

    @cached_property
    def _exact(self) -> dict[str, Node]:
        return {child.name: child for child in self.children}

    @cached_property
    def _folded(self) -> dict[str, Node]:
        return {fold(child.name): child for child in self.children}

    def find(self, name: str) -> Node | None:
        """The child of that name: exact, else by normal form and case."""
        exact = self._exact.get(name)
        return self._folded.get(fold(name)) if exact is None else exact

    def replace(self, name: str, child: Node | None) -> Folder:
        """This folder with the child `name` exchanged, added or (None) taken out; sorted by name."""
        kept = [node for node in self.children if node.name != name]
        return folder(self.name, kept if child is None else [*kept, child])


Node = File | Folder


def folder(name: str, children: Iterable[Node]) -> Folder:
    """A folder with its children in order; it is as new as its newest child."""
    ordered = tuple(sorted(children, key=lambda node: node.name))
    modified = max((child.modified for child in ordered), default=EPOCH)
    return Folder(name, ordered, modified)


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
