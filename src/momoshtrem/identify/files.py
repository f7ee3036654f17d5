"""Which files of a torrent can be played at all, and why the others cannot."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from momoshtrem.errors import NoMatch
from momoshtrem.identify.titles import title_pattern
from momoshtrem.identify.words import EXTRA_FOLDERS
from momoshtrem.model.names import extension, fold
from momoshtrem.model.torrent import TorrentFile
from momoshtrem.model.words import counted

ARCHIVE = "packed in RAR archives, which cannot be streamed; choose another release"

PROGRAM = "a program, which is never shown"

_VIDEO = re.compile(
    r"\.(?:mkv|mk3d|mp4|m4v|avi|mov|wmv|mpe?g|m?ts|m2ts|webm|flv|og[mv]|divx|asf|3g[p2]|rmvb?)"
)
_ARCHIVE = re.compile(r"\.(?:rar|r\d\d|s\d\d|zip|7z|tar|gz|bz2|xz|\d{3})$", re.IGNORECASE)
_OTHER_KINDS = {
    "a disc image, which cannot be streamed; choose another release": ".iso .img .bin .cue .mdf .mds .nrg",
    "part of a DVD (VIDEO_TS), which cannot be streamed; choose another release": ".vob .ifo .bup",
    "a list of a Blu-ray disc (BDMV), not a video": ".bdmv .mpls .clpi",
    PROGRAM: ".exe .lnk .scr .bat .cmd .com .msi .vbs .js .apk .ps1",
    "a subtitle": ".srt .ass .ssa .sub .idx .vtt .smi .sup",
    "a text": ".txt .nfo .md .html .htm .url .pdf .sfv .md5 .diz .log .xml",
    "a picture": ".jpg .jpeg .png .gif .webp .bmp",
    "a sound file": ".mp3 .flac .m4a .aac .ac3 .dts .ogg .wav .mka",
}
_KIND_OF = {each: kind for kind, names in _OTHER_KINDS.items() for each in names.split()}

_EXTRA_WORDS = re.compile(
    r"^(?:sample|trailer|proof)(?![a-z])|(?<![a-z])(?:sample|trailer|featurette|deleted[ .]scenes?"
    r"|interview|behind[ .]?the[ .]?scenes|rarbg(?:\.com)?|etrg)$",
    re.IGNORECASE,
)
_SPECIAL_EPISODE = re.compile(r"(?<![^\W_])s0?0[ .]?e\d", re.IGNORECASE)
_BLU_RAY_FOLDER = "bdmv"
_SMALL = 0.2
_MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A video that belongs to no item, with the reason in plain words."""

    file: TorrentFile
    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """How many files are no videos, by what they are."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class SortedFiles:
    """A torrent's files: `videos` may be matched, `rest` are videos that are empty or extras."""

    videos: tuple[TorrentFile, ...]
    rest: tuple[Unmatched, ...]
    skipped: tuple[Skipped, ...]


def sort_files(files: Sequence[TorrentFile], own_names: Collection[str]) -> SortedFiles:
    """Sort by kind; folders called like one of `own_names` (title, torrent) are no extras' folders.

    Raises NoMatch, naming what the torrent holds, when no video is left.
    """
    skipped: Counter[str] = Counter()
    videos = []
    for file in files:
        if reason := _why_skipped(file):
            skipped[reason] += 1
        else:
            videos.append(file)
    largest = _largest(files, videos)
    own = _OwnNames(own_names)
    reasons = [(file, _why_extra(file, largest, own)) for file in videos]
    result = SortedFiles(
        videos=tuple(file for file, reason in reasons if not reason),
        rest=tuple(Unmatched(file, reason) for file, reason in reasons if reason),
        skipped=tuple(Skipped(reason, count) for reason, count in skipped.most_common()),
    )
    if not result.videos:
        raise NoMatch(_what_it_holds(result))
    return result


def stem(file: TorrentFile) -> str:
    """The file's name without folders and extension, and not longer than a name may be."""
    return _stem(file.path)


@lru_cache(maxsize=1 << 12)
def _stem(path: str) -> str:
    name = unicodedata.normalize("NFC", path.rpartition("/")[2])
    return name[: len(name) - len(extension(name))][:_MAX_NAME]


def is_program(file: TorrentFile) -> bool:
    """Whether its extension makes some system run it."""
    return _KIND_OF.get(extension(file.path)) == PROGRAM


def folders(file: TorrentFile) -> tuple[str, ...]:
    """The folders the file lies in, nearest first."""
    parts = unicodedata.normalize("NFC", file.path).split("/")[:-1]
    return tuple(part[:_MAX_NAME] for part in reversed(parts) if part)


def is_in_blu_ray(file: TorrentFile) -> bool:
    """Whether the file is a stream of a Blu-ray disc, whose name tells nothing."""
    return any(folder.lower() == _BLU_RAY_FOLDER for folder in folders(file))


class _OwnNames:
    """The names of the item that is looked for: words in them are no signs of extras."""

    def __init__(self, names: Collection[str]) -> None:
        self.folders = frozenset(map(fold, names))
        self._patterns = [title_pattern(name[:_MAX_NAME]) for name in names]

    def strip(self, name: str) -> str:
        """What follows the item's title where it stands in front; all where nothing would follow."""
        matches = (pattern.match(name) for pattern in self._patterns)
        return next((name[match.end() :] or name for match in matches if match), name)


def _why_skipped(file: TorrentFile) -> str:
    if file.hidden:
        return "padding or a link"
    if _ARCHIVE.search(file.path):
        return ARCHIVE
    kind = extension(file.path)
    return "" if _VIDEO.fullmatch(kind) else _KIND_OF.get(kind, "not a video")


def _largest(files: Sequence[TorrentFile], videos: Sequence[TorrentFile]) -> int:
    """The size to compare samples with, in bytes; archives count as the one file they hold."""
    packed = sum(file.size for file in files if _ARCHIVE.search(file.path))
    return max(packed, *(file.size for file in videos), 0)


def _why_extra(file: TorrentFile, largest: int, own: _OwnNames) -> str:
    if file.size <= 0:
        return "the file is empty"
    name = stem(file)
    for folder in map(fold, folders(file)):
        if folder in EXTRA_FOLDERS and folder not in own.folders and not _SPECIAL_EPISODE.search(name):
            return f"an extra: it lies in the folder {folder!r}"
    if file.size < largest * _SMALL and _EXTRA_WORDS.search(own.strip(name)):
        return "a sample, trailer or other extra: it is small and named so"
    return ""


def _what_it_holds(files: SortedFiles) -> str:
    parts = [_counted(each.count, each.reason) for each in files.skipped]
    if files.rest:
        parts.insert(0, _counted(len(files.rest), "videos that are empty, samples or extras"))
    return f"No video to play in this torrent. It holds {', '.join(parts) or 'no files'}."


def _counted(count: int, reason: str) -> str:
    return f"{counted(count, 'file')} ({reason})"
