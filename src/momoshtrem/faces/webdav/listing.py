"""A folder as a page for browsers, which lftp and rclone can read too.

It needs no script and loads nothing. Links are relative, so that they hold behind a proxy, whether the path
ends in a slash or not.
"""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from html import escape
from pathlib import Path

from momoshtrem.faces.webdav.request import Request, encode_name
from momoshtrem.faces.webdav.slices import make_in_slices
from momoshtrem.model.words import counted
from momoshtrem.vfs.tree import File, Folder, Node

STYLE = Path(__file__).with_name("listing.css").read_text("utf-8")
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HTML = [
    ("content-type", "text/html; charset=utf-8"),
    (
        "content-security-policy",
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
]
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name} · momoshtrem</title>
<style>{style}</style>
<nav>{trail}</nav>
<header><div><h1><bdi>{name}</bdi></h1><p>{summary}</p></div>{play}</header>
"""
UNITS = ("B", "kB", "MB", "GB")


async def render_listing(folder: Folder, request: Request) -> bytes:
    """The whole page; of 10,000 entries in slices."""
    here = "" if request.path.endswith("/") else f"{request.href.rpartition('/')[2]}/"
    play = f'<a class="play" href="{here}?m3u">Play all (M3U)</a>' if folder.children else ""
    head = PAGE.format(
        name=escape(folder.name) or "Library",
        style=STYLE,
        trail=_trail(request),
        summary=_summary(folder),
        play=play,
    )
    rows = await make_in_slices(partial(_row, here), folder.children)
    return b"".join((_encode(head), b"<ul>\n", *rows, b"</ul>\n"))


def _trail(request: Request) -> str:
    """Links to the folders above, from the root on."""
    above = ["Library", *request.segments][: len(request.segments)]
    steps = range(len(above), 0, -1)
    slash = request.path.endswith("/")
    return " / ".join(
        f'<a href="{_up(step if slash else step - 1)}"><bdi>{escape(name)}</bdi></a>'
        for step, name in zip(steps, above, strict=True)
    )


def _up(levels: int) -> str:
    return "../" * levels or "./"


def _summary(folder: Folder) -> str:
    """What is in the folder, without looking into the folders in it."""
    sizes = [node.size for node in folder.children if isinstance(node, File)]
    folders = len(folder.children) - len(sizes)
    parts = [counted(folders, "folder")] if folders else []
    parts += [counted(len(sizes), "file"), size_text(sum(sizes))] if sizes else []
    return " · ".join(parts) or "Nothing is here yet."


def _row(here: str, node: Node) -> bytes:
    href = here + encode_name(node.name)
    if isinstance(node, Folder):
        return _encode(f'<li class="folder"><a href="{href}/"><bdi>{escape(node.name)}</bdi></a>\n')
    stem, _, kind = node.name.rpartition(".")
    name = escape(stem or kind)
    facts = [escape(kind.upper())] * bool(stem) + [size_text(node.size)]
    small = "".join(f"<span>{fact}</span>" for fact in facts)
    link = f'<a href="{href}"><bdi>{name}</bdi><small>{small}</small></a>'
    return _encode(f'<li>{link}<a class="play" href="{href}?m3u" aria-label="Play {name}">Play</a>\n')


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def size_text(size: int) -> str:
    """Bytes for people, in decimal units: `1.4 GB`."""
    number, unit = float(size), "B"
    for unit in UNITS:
        if number < 999.5 or unit == UNITS[-1]:
            break
        number /= 1000
    return f"{number:.3g} {unit}" if number < 999.5 else f"{number:,.0f} {unit}"
