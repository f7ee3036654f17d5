"""The files that the suite asks for. `python -m tests.faces.webdav.conformance.files FOLDER` writes them."""

from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path

from tests.faces.webdav import library
from tests.faces.webdav.library import CONTENT, MODIFIED

N = len(CONTENT)

FILM = "/Movies/Film.mkv"
EMPTY = "/Movies/Empty.mkv"
BIG = "/Movies/Big.mkv"
BIG_SIZE = 1 << 34
"""Zeros, of which nothing is stored."""
EMPTY_FOLDER = "/Nothing in here"
ODD_FOLDER = "/odd & ends"

BOTH_FORMS = [unicodedata.normalize(form, "both forms \u00e9.mkv") for form in ("NFC", "NFD")]
ODD_NAMES = [
    *library.ODD_NAMES,
    "a b.mkv",
    " spaces .mkv",
    "..hidden.mkv",
    "pipe|caret^tick`.mkv",
    "]]&gt;&amp;.mkv",
    "bell\x07 escape\x1b.mkv",
    "n" * 200 + ".mkv",
    *BOTH_FORMS,
]

FILES: dict[str, bytes] = {
    FILM: CONTENT,
    EMPTY: b"",
    "/Movies/Film.mp4": b"mp4",
    "/Movies/Film.srt": b"1\n00:00:01,000 --> 00:00:02,000\nHello\n",
    "/Movies/Unknown.kind": b"?",
    "/Movies/Page.html": b"<html>",
    "/TV Shows/A Show/Season 01/S01E01.mkv": b"episode",
    **{f"{ODD_FOLDER}/{name}": name.encode() for name in ODD_NAMES},
}
"""Content by path. Each odd file holds its own name, so that a wrong one is not taken for it."""


def write_files(folder: Path) -> None:
    """Write all of them below a folder, all of one time."""
    for path, content in FILES.items():
        place = folder / path[1:]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (folder / EMPTY_FOLDER[1:]).mkdir(exist_ok=True)
    with (folder / BIG[1:]).open("wb") as big:
        big.truncate(BIG_SIZE)
    moment = MODIFIED.timestamp()
    for place in (folder, *folder.rglob("*")):
        os.utime(place, (moment, moment))


if __name__ == "__main__":
    write_files(Path(sys.argv[1]))
