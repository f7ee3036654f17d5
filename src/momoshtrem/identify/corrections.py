"""What was corrected by hand before, applied to the names of the same release group."""

from __future__ import annotations

from collections.abc import Sequence

from momoshtrem.identify.bare import find_bare_number
from momoshtrem.identify.files import folders, stem
from momoshtrem.identify.numbers import Numbers, find_numbers
from momoshtrem.identify.parse import parse_quality, quality_words
from momoshtrem.identify.wanted import Wanted
from momoshtrem.model.media import Correction, Episode
from momoshtrem.model.names import fold
from momoshtrem.model.torrent import TorrentFile


def named_numbers(file: TorrentFile, torrent_name: str) -> tuple[int | None, int] | None:
    """The season (of the file, else its folders, else the torrent) and the first number that names tell."""
    named = _named(file, torrent_name)
    return (named[0], named[1][0]) if named else None


def release_group(file: TorrentFile, torrent_name: str) -> str | None:
    """The group by the file's name, else by the torrent's."""
    groups = (parse_quality(quality_words(name)).group for name in (stem(file), torrent_name))
    return next((group for group in groups if group), None)


class Corrections:
    """The rules of one show. A rule needs a release group: without one, names follow no habit."""

    def __init__(self, rules: Sequence[Correction], torrent_name: str, wanted: Wanted) -> None:
        self._rules = sorted(rules, key=lambda rule: -rule.number)
        self._torrent_name = torrent_name
        self._wanted = wanted

    def find_episodes(self, file: TorrentFile, group: str | None) -> tuple[Episode, ...]:
        """The episodes of `file` by the last rule before its number; nothing if there is no such episode."""
        named = _named(file, self._torrent_name) if self._rules and group else None
        if named is None:
            return ()
        season, numbers = named
        key = (fold(group or ""), season)
        rules = (rule for rule in self._rules if (fold(rule.release_group), rule.season) == key)
        rule = next((rule for rule in rules if rule.number <= numbers[0]), None)
        if rule is None:
            return ()
        shift = rule.to_number - rule.number
        return self._wanted.in_season(rule.to_season, [number + shift for number in numbers])


def _named(file: TorrentFile, torrent_name: str) -> tuple[int | None, tuple[int, ...]] | None:
    own = _with_bare(stem(file))
    if not own.episodes:
        return None
    names = (find_numbers(name) for name in (*folders(file), torrent_name))
    seasons = (each.seasons for each in (own, *names))
    season = next((found[0] for found in seasons if len(found) == 1), None)
    return season, own.episodes


def _with_bare(name: str) -> Numbers:
    numbers = find_numbers(name)
    if numbers.episodes or numbers.air_date:
        return numbers
    bare = find_bare_number(numbers.after if numbers.seasons else name)
    return Numbers(numbers.seasons or bare.seasons, bare.episodes)
