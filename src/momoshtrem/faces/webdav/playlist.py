"""A folder, or one file, as an M3U playlist: a browser hands it to the player that is installed.

Its URLs are absolute, since a list that was downloaded has no base, and without credentials: players ask for
them. The form is that of VLC and Winamp; no RFC has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from momoshtrem.faces.webdav.media_types import UNKNOWN, media_type
from momoshtrem.faces.webdav.request import encode_name
from momoshtrem.faces.webdav.slices import make_in_slices
from momoshtrem.model.names import season_folder
from momoshtrem.vfs.tree import Folder, Node

MAX_ENTRIES = 10_000
SPECIALS = season_folder(0)
EPISODE = re.compile(r"S\d+E\d+")
NOT_ASCII_NAME = re.compile(r'[^ -~]|["%\\]')

Trail = tuple[str, ...]
"""The names from the root to a node."""


async def render_playlist(node: Node, trail: Trail, base_url: str) -> bytes:
    """All that can be played from the node down, in order, up to `MAX_ENTRIES`; no file is opened.

    `base_url` is the root as the client sees it, without a slash at its end.
    """
    url = base_url + "".join(f"/{encode_name(name)}" for name in trail)
    entries = islice(_walk(node, trail, url), MAX_ENTRIES)
    return b"".join((b"#EXTM3U\n", *await make_in_slices(_entry, entries)))


def playlist_headers(node: Node, trail: Trail) -> list[tuple[str, str]]:
    """As an attachment: Safari would take the list for a live stream and play it by itself."""
    name = _title(trail) if not isinstance(node, Folder) else " - ".join(trail[1:] or trail) or "Library"
    plain = NOT_ASCII_NAME.sub("_", name)
    both = f"filename=\"{plain}.m3u\"; filename*=UTF-8''{encode_name(name)}.m3u"
    return [("content-type", "audio/x-mpegurl"), ("content-disposition", f"attachment; {both}")]


def _walk(node: Node, trail: Trail, url: str) -> Iterator[tuple[Trail, str]]:
    """The files that can be played, with their URLs; specials come after the seasons."""
    if not isinstance(node, Folder):
        if _is_playable(node.name):
            yield trail, url
        return
    for child in sorted(node.children, key=lambda child: child.name == SPECIALS):
        yield from _walk(child, (*trail, child.name), f"{url}/{encode_name(child.name)}")


def _is_playable(name: str) -> bool:
    kind = media_type(name)
    return kind == UNKNOWN or kind.startswith(("video/", "audio/"))


def _entry(entry: tuple[Trail, str]) -> bytes:
    trail, url = entry
    return f"#EXTINF:-1,{_title(trail)}\n{url}\n".encode("utf-8", "replace")


def _title(trail: Trail) -> str:
    """The file's name without its extension, on one line; of an episode with the name of its show."""
    stem = trail[-1].rpartition(".")[0] or trail[-1]
    if EPISODE.match(stem) and len(trail) > 2:
        stem = f"{trail[-3]} - {stem}"
    return " ".join(stem.split())
