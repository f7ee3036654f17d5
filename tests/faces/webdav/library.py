"""The tree that the tests of this folder serve."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime

from momoshtrem.errors import NoData, StorageFailed
from momoshtrem.model.torrent import FileRef
from momoshtrem.vfs.tree import File, Node, Tree, folder
from tests.fakes.streams import FakeStreams, Script

MODIFIED = datetime(2026, 1, 31, 12, 0, 0, 654321, tzinfo=UTC)
CONTENT = random.Random(1).randbytes(700_001)
BIG = 1 << 34

ODD_NAMES = [
    "100% Real.mkv",
    "a%20b.mkv",
    "a+b c.mkv",
    "#1 hash.mkv",
    "Tom & Jerry.mkv",
    "semi;colon, comma.mkv",
    "[brackets] (round) {curly}.mkv",
    'it\'s "quoted" <tag>.mkv',
    "what? really*.mkv",
    "a=b@c:d!e$f.mkv",
    "javascript:alert(1).mkv",
    "dots...mkv",
    "back\\slash ~tilde.mkv",
    "Am\u00e9lie \u00d1.mkv",
    "\u5343\u3068\u5343\u5c0b.mkv",
    "\U0001f3ac emoji.mkv",
    "\u0639\u0631\u0628\u064a \u200f.mkv",
]


def a_file(name: str, size: int = len(CONTENT)) -> File:
    return File(name, FileRef(f"tag-{size}", 0, size), MODIFIED)


def a_tree(*nodes: Node) -> Tree:
    return Tree(folder("", nodes))


def example_streams(extra: Iterable[Node] = ()) -> FakeStreams:
    """`/Movies` with a film, files that fail in each way, and odd names."""
    broken = ["No Data.mkv", "No Disk.mkv", "Crash.mkv", "Cut.mkv", "Late Crash.mkv", "Short.mkv"]
    movies = folder(
        "Movies",
        [
            a_file("Film.mkv"),
            a_file("Empty.mkv", 0),
            a_file("Big.mkv", BIG),
            a_file("Waits.mkv", BIG),
            a_file("Never.mkv", BIG),
            *map(a_file, broken),
        ],
    )
    scripts = {
        "Film.mkv": Script(CONTENT),
        "Waits.mkv": Script(wait_at=1000),
        "Never.mkv": Script(wait_at=0),
        "No Data.mkv": Script(fail_at=0, error=NoData("Nobody has this piece.", retry_after=7)),
        "No Disk.mkv": Script(fail_at=0, error=StorageFailed("The disk is full.")),
        "Crash.mkv": Script(fail_at=0, error=RuntimeError("secret")),
        "Cut.mkv": Script(CONTENT, fail_at=1000, error=NoData("Nobody has this piece.")),
        "Late Crash.mkv": Script(CONTENT, fail_at=1000, error=RuntimeError("secret")),
        "Short.mkv": Script(CONTENT, end_at=1000),
        **{name: Script(CONTENT) for name in ODD_NAMES},
    }
    odd = folder("odd & ends", map(a_file, ODD_NAMES))
    return FakeStreams(a_tree(movies, odd, folder("TV Shows", ()), *extra), scripts)
