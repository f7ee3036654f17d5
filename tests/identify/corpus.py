"""Names as they are found in the wild, with what a careful person takes them for; read from `names/*.txt`.

`python -m tests.identify.corpus` prints how well they are identified.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path, PurePosixPath

from momoshtrem.errors import NoMatch
from momoshtrem.identify.movies import match_movie
from momoshtrem.identify.shows import match_show
from momoshtrem.model.media import Episode
from momoshtrem.model.torrent import TorrentFile
from tests.identify.torrents import GIB, files

NAMES = Path(__file__).parent / "names"
SURE = 0.9
SHOW_FILES = ("shows", "languages", "anime", "daily")
_POOL = 12
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": GIB}


@dataclass(frozen=True, slots=True)
class Case:
    """A line of `releases.txt`."""

    name: str
    title: str
    year: int | None
    seasons: tuple[int, ...]
    episodes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What was `found` for a name, as text, "-" for nothing, and how surely."""

    name: str
    wanted: str
    found: str
    confidence: float
    must_ask: bool = False

    @property
    def is_right(self) -> bool:
        return self.found == self.wanted and not (self.must_ask and self.confidence >= SURE)


@dataclass(slots=True)
class Torrent:
    """A torrent with what its files are; `wanted` has a `?` behind what must not be sure."""

    name: str
    title: str
    library: list[Episode]
    files: list[TorrentFile] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)

    def add(self, path: str, wanted: str, size: int = GIB) -> None:
        self.files.append(TorrentFile(len(self.files), path, size, 0))
        self.wanted.append(wanted)


def releases() -> list[Case]:
    rows = [[cell.strip() for cell in line.split("|")] for line in _lines("releases")]
    return [
        Case(name, title, next(iter(_numbers(year)), None), _numbers(seasons), _numbers(episodes))
        for name, title, year, seasons, episodes in rows
    ]


def movies() -> list[tuple[str, str, int | None]]:
    """Name, title and year of films."""
    rows = [[cell.strip() for cell in line.split("|")] for line in _lines("movies")]
    return [(name, title, next(iter(_numbers(year)), None)) for name, title, year in rows]


def show_torrents() -> Iterator[Torrent]:
    for source in SHOW_FILES:
        for title, library, line in _with_show(source):
            path, wanted = line.rsplit(" = ", 1)
            torrent = Torrent(_torrent_name(path), title, library)
            torrent.add(path, wanted)
            yield torrent
    torrents: list[Torrent] = []
    for title, library, line in _with_show("torrents"):
        if line.startswith("torrent "):
            torrents.append(Torrent(line.removeprefix("torrent "), title, library))
        else:
            _add_sized(torrents[-1], line)
    yield from torrents


def collections() -> list[Torrent]:
    torrents: list[Torrent] = []
    for line in _lines("collections"):
        if line.startswith("torrent "):
            torrents.append(Torrent(line.removeprefix("torrent "), "", []))
        else:
            _add_sized(torrents[-1], line)
    return torrents


def release_results() -> list[Result]:
    cases = [case for case in releases() if 1 <= len(case.episodes) <= 3]
    return [_match_release(case) for case in cases]


def show_results() -> list[Result]:
    return [result for torrent in show_torrents() for result in _match_files(torrent)]


def movie_results() -> list[Result]:
    """Each film is looked for among its neighbours."""
    rows, results = movies(), []
    for start in range(0, len(rows), _POOL):
        pool = {f"{name}.mkv": _film(title, year) for name, title, year in rows[start : start + _POOL]}
        for name, title, year in rows[start : start + _POOL]:
            results.append(_match_film("Many films", files(*pool), title, year, name, pool.get))
    return results


def collection_results() -> list[Result]:
    results = []
    for torrent in collections():
        films = dict(zip((file.path for file in torrent.files), torrent.wanted, strict=True))
        for path, wanted in films.items():
            if film := re.fullmatch(r"(.+) \((\d{4})\)", wanted):
                title, year = film[1], int(film[2])
                results.append(_match_film(torrent.name, torrent.files, title, year, path, films.get))
            else:
                results.append(Result(path, "-", "-", 0.0))
    return results


RESULTS: dict[str, Callable[[], list[Result]]] = {
    "releases": release_results,
    "shows": show_results,
    "movies": movie_results,
    "collections": collection_results,
}


def table(results: dict[str, list[Result]]) -> str:
    """Precision is the share of what was found, recall of what should be; both count right answers only."""
    lines = [f"{'':12} names  right  precision  recall  surely wrong"]
    everything = [each for some in results.values() for each in some]
    for name, some in {**results, "all": everything}.items():
        right = sum(each.is_right for each in some)
        hits = sum(each.is_right and each.found != "-" for each in some)
        found = sum(each.found != "-" for each in some) or 1
        wanted = sum(each.wanted != "-" for each in some) or 1
        sure = len(surely_wrong(some))
        lines.append(f"{name:12} {len(some):5} {right:6} {hits / found:10.1%} {hits / wanted:7.1%} {sure:13}")
    return "\n".join(lines)


def surely_wrong(results: list[Result]) -> list[Result]:
    return [each for each in results if not each.is_right and each.confidence >= SURE]


def _match_release(case: Case) -> Result:
    title = case.title or "Any Show"
    seasons = case.seasons or (1,)
    numbers = {(season, number) for season in seasons for number in case.episodes}
    others = {(season, number) for season in (range(13) if case.seasons else (1,)) for number in range(1, 30)}
    library = [_episode(*each) for each in sorted(numbers | others)]
    wanted = " ".join(f"S{seasons[0]:02d}E{number:02d}" for number in case.episodes)
    torrent = Torrent("torrent", title, library)
    torrent.add(f"{case.name}.mkv", wanted)
    return _match_files(torrent)[0]


def _match_files(torrent: Torrent) -> list[Result]:
    found: dict[int, tuple[str, float]] = {}
    try:
        matched = match_show(torrent.name, torrent.files, torrent.title, torrent.library).matched
    except NoMatch:
        matched = ()
    for match in matched:
        text = " ".join(f"S{each.season_number:02d}E{each.number:02d}" for each in match.episodes)
        found[match.file.index] = (text, match.confidence)
    return [
        Result(file.path, wanted.rstrip(" ?"), *found.get(file.index, ("-", 0.0)), must_ask="?" in wanted)
        for file, wanted in zip(torrent.files, torrent.wanted, strict=True)
    ]


def _match_film(
    torrent: str,
    content: list[TorrentFile],
    title: str,
    year: int | None,
    name: str,
    film_of: Callable[[str], str | None],
) -> Result:
    try:
        match = match_movie(torrent, content, title, year)
    except NoMatch:
        return Result(name, _film(title, year), "-", 0.0)
    return Result(name, _film(title, year), film_of(match.file.path) or "-", match.confidence)


def _with_show(source: str) -> Iterator[tuple[str, list[Episode], str]]:
    title, library = "", list[Episode]()
    for line in _lines(source):
        if line.startswith("show "):
            title, library = _show(line.removeprefix("show "))
        else:
            yield title, library, line


def _show(text: str) -> tuple[str, list[Episode]]:
    title, seasons, *more = (cell.strip() for cell in text.split("|"))
    library, number = list[Episode](), 0
    for cell in seasons.split():
        head, _, numbers = cell.rpartition(":")
        number = int(head) if head else number + 1
        first, _, last = numbers.rpartition("-")
        library += [_episode(number, each) for each in range(int(first or 1), int(last) + 1)]
    for each in more:
        kind, _, value = each.partition(": ")
        if kind == "specials":
            names = value.split(";")
            library += [_episode(0, place, name.strip()) for place, name in enumerate(names, start=1)]
        else:
            library = _aired(library, date.fromisoformat(value))
    return title, library


def _aired(library: list[Episode], first: date) -> list[Episode]:
    """One on each weekday."""
    days = (day for count in range(999) if (day := first + timedelta(days=count)).weekday() < 5)
    return [
        _episode(each.season_number, each.number, air_date=day)
        for each, day in zip(library, days, strict=False)
    ]


def _episode(season: int, number: int, name: str | None = None, air_date: date | None = None) -> Episode:
    return Episode(season * 10_000 + number, season, number, name, air_date, None)


def _add_sized(torrent: Torrent, line: str) -> None:
    size, _, rest = line.partition(" ")
    path, wanted = rest.rsplit(" = ", 1)
    torrent.add(path, wanted, int(size[:-1]) * _UNITS[size[-1]])


def _torrent_name(path: str) -> str:
    first, *rest = PurePosixPath(path).parts
    return first if rest else PurePosixPath(first).stem


def _film(title: str, year: int | None) -> str:
    return f"{title} ({year})" if year else title


def _numbers(text: str) -> tuple[int, ...]:
    return () if text == "-" else tuple(map(int, text.split(",")))


def _lines(source: str) -> list[str]:
    lines = (NAMES / f"{source}.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


if __name__ == "__main__":
    found = {name: results() for name, results in RESULTS.items()}
    print(table(found))  # noqa: T201
    for each in (result for some in found.values() for result in some if not result.is_right):
        print(each)  # noqa: T201
