"""Names of folders and files that every player matches and every file system takes.

The base form is `Title (Year)/Title (Year).ext` and `Show (Year)/Season 01/S01E01 - Name.ext`.
All names are NFC, free of what Windows, macOS, XML or a URL cannot carry, and at most `MAX_STEM`
bytes of UTF-8 before the extension, which leaves room for `.zh-CN.forced.srt` within the 255 bytes
of common file systems. Nothing is ever cut out of a year, a tag or an `S01E01`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Literal

MAX_STEM = 180
_MAX_VERSION = 40
_MAX_LISTED_EPISODES = 20
_UNTITLED = "Untitled"

_REPLACED = str.maketrans(
    dict.fromkeys('"‘’‚‛“”„‟', "'") | dict.fromkeys(":/\\|", "-") | dict.fromkeys("<>*?") | {"…": "..."}
)
_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs"})
_RESERVED = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [f"{port}{digit}" for port in ("COM", "LPT") for digit in "123456789¹²³"]
)
_EXTENSION = re.compile(r"\.(?:[a-z][a-z0-9]{1,3}|3g[2p])", re.ASCII)
_YEAR_AND_TAG = re.compile(r"(?: \(\d{1,4}\))?(?: \[(?:tmdb)?id-\d+\]| \{tmdb-\d+\})?$", re.ASCII)
_TMDB_TAG = re.compile(r" \[tmdbid-\d+\]$", re.ASCII)
_MAX_PREFIX = 100

TagStyle = Literal["none", "plex", "jellyfin"]


def fold(name: str) -> str:
    """The form in which two names of one folder must differ."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def sanitise(text: str) -> str:
    """`text` as a legal component of a path, "" if nothing of it is left."""
    component = _escape_reserved(_clean(text).rstrip(". "))
    return _cut(component, MAX_STEM).rstrip(". ")


def movie_folder(title: str, year: int | None) -> str:
    """`Title (Year)`, also the stem of the movie's file."""
    if year is None:
        return sanitise(title) or _UNTITLED
    name = _escape_reserved(f"{_clean(title) or _UNTITLED} ({year})")
    return _fit("", *_split_title(name))


def show_folder(title: str, year: int | None) -> str:
    """`Show (Year)`."""
    return movie_folder(title, year)


def with_tag(stem: str, tmdb_id: int | None, fallback_id: int) -> str:
    """`stem` made unique by `[tmdbid-N]`, or by `[id-N]` where TMDB does not know the item."""
    tag = f" [id-{fallback_id}]" if tmdb_id is None else f" [tmdbid-{tmdb_id}]"
    title, year = _split_title(stem)
    return _fit("", title, year + tag)


def tagged(stem: str, style: TagStyle, tmdb_id: int | None) -> str:
    """A folder's name with its TMDB id as a player wants it: ` {tmdb-N}` or ` [tmdbid-N]`."""
    if style == "none" or tmdb_id is None:
        return stem
    tag = f" {{tmdb-{tmdb_id}}}" if style == "plex" else f" [tmdbid-{tmdb_id}]"
    title, year = _split_title(_TMDB_TAG.sub("", stem))
    return _fit("", title, year + tag)


def season_folder(number: int) -> str:
    """`Season 01`; specials are in `Season 00`."""
    return f"Season {number:02d}"


def episode_title(name: str | None) -> str:
    """The part of a file name after `S01E01 - `, "" where the episode has no name to speak of."""
    title = _cut(_clean(name or ""), MAX_STEM).rstrip(". ")
    return title if any(char.isalnum() for char in title) else ""


def movie_file(folder_name: str, version: str, extension: str) -> str:
    """`Title (Year).mkv`, or `Title (Year) - 2160p.mkv` for a version listed beside another."""
    title, rest = _split_title(folder_name)
    return _fit("", title, rest + _version_suffix(version)) + extension


def episode_file(
    season: int, episodes: Sequence[tuple[int, str]], version: str, extension: str, prefix: str = ""
) -> str:
    """`S01E01 - Name.mkv` or `S01E01-E02 - Name One + Name Two.mkv`, of (number, title) pairs.

    A `prefix`, the show's folder name, comes first: `Show (Year) - S01E01 - Name.mkv`.
    """
    ordered = sorted(episodes)
    show, year = _split_title(prefix)
    head = f"{_cut(show, _MAX_PREFIX).rstrip()}{year} - " if prefix else ""
    head += f"S{season:02d}" + _episode_numbers([number for number, _ in ordered])
    titles = dict.fromkeys(title for _, name in ordered if (title := episode_title(name)))
    title = " + ".join(titles)
    return _fit(f"{head} - " if title else head, title, _version_suffix(version)) + extension


def extension(path: str) -> str:
    """The extension in lower case with its dot, "" when there is none that a file could have."""
    suffix = PurePosixPath(path).suffix.lower()
    return suffix if _EXTENSION.fullmatch(suffix) else ""


def _clean(text: str) -> str:
    """Legal characters only; the ends are not yet those of a finished component."""
    text = unicodedata.normalize("NFC", text)
    if not (text.isascii() and text.isprintable()):
        text = "".join(" " if char.isspace() else char for char in text if _is_kept(char))
    text = text.replace(": ", " - ").translate(_REPLACED)
    text = " ".join(text.split()).lstrip(". ")
    return unicodedata.normalize("NFC", text)


def _is_kept(char: str) -> bool:
    if char.isspace():
        return True
    code = ord(char)
    is_noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return not is_noncharacter and unicodedata.category(char) not in _DROPPED_CATEGORIES


def _escape_reserved(component: str) -> str:
    """Windows keeps some names for devices, whatever follows the first dot."""
    stem, dot, rest = component.partition(".")
    return f"{stem}_{dot}{rest}" if stem.rstrip().upper() in _RESERVED else component


def _fit(head: str, title: str, tail: str) -> str:
    """`head`, `title` and `tail` in one, with the title cut as needed."""
    room = MAX_STEM - len(head.encode()) - len(tail.encode())
    return (head + _cut(title, room).rstrip() + tail).rstrip(". ")


def _cut(text: str, limit: int) -> str:
    """The longest start of `text` within `limit` bytes that leaves letters with their marks."""
    encoded = text.encode()
    if len(encoded) <= limit:
        return text
    end = len(encoded[:limit].decode(errors="ignore"))
    while end and _extends(text[end]):
        end -= 1
    return text[:end]


def _extends(char: str) -> bool:
    """Whether `char` is drawn onto the one before it: combining marks and skin tones."""
    return unicodedata.category(char).startswith("M") or "\U0001f3fb" <= char <= "\U0001f3ff"


def _split_title(stem: str) -> tuple[str, str]:
    start = len(stem)
    if match := _YEAR_AND_TAG.search(stem):
        start = match.start()
    return stem[:start], stem[start:]


def _version_suffix(version: str) -> str:
    label = _cut(sanitise(version), _MAX_VERSION).rstrip(". ")
    return f" - {label}" if label else ""


def _episode_numbers(numbers: Sequence[int]) -> str:
    """Every number, as players differ on ranges; of a list too long for a name only the ends."""
    listed = numbers if len(numbers) <= _MAX_LISTED_EPISODES else (numbers[0], numbers[-1])
    return "-".join(f"E{number:02d}" for number in listed)
