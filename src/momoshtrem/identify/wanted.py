"""The episodes of a show in the library, by all that a name may tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from momoshtrem.identify.titles import plain
from momoshtrem.model.media import Episode

_ONE_DAY = timedelta(days=1)
_TELLING = 6


class Wanted:
    """Finds episodes; what it does not have it leaves out."""

    def __init__(self, episodes: Sequence[Episode]) -> None:
        self._by_number = {(each.season_number, each.number): each for each in episodes}
        self._by_date: dict[date, list[Episode]] = {}
        for each in episodes:
            if each.air_date:
                self._by_date.setdefault(each.air_date, []).append(each)
        regular = [self._by_number[key] for key in sorted(self._by_number) if key[0]]
        seasons = sorted({each.season_number for each in regular})
        self.only_season = seasons[0] if len(seasons) == 1 else None
        self._counted = _counted(regular, seasons)
        specials = [each for each in episodes if each.season_number == 0 and each.name]
        named = ((plain(each.name or ""), each) for each in specials)
        self._specials = sorted(
            ((name, each) for name, each in named if len(name) > _TELLING), key=lambda pair: -len(pair[0])
        )

    def aired_on(self, day: date) -> list[Episode]:
        return self._by_date.get(day, [])

    def aired_around(self, day: date) -> list[Episode]:
        """The day before or after: where the show is made it may be another day."""
        return self.aired_on(day - _ONE_DAY) + self.aired_on(day + _ONE_DAY)

    def in_season(self, season: int, numbers: Iterable[int]) -> tuple[Episode, ...]:
        exact = (self._by_number.get((season, number)) for number in numbers)
        return tuple(each for each in exact if each)

    def in_short(self, numbers: Iterable[int]) -> tuple[Episode, ...]:
        """As in `105` for season 1 episode 5."""
        exact = (self._by_number.get(divmod(number, 100)) for number in numbers if number >= 100)
        return tuple(each for each in exact if each)

    def counted(self, numbers: Iterable[int]) -> tuple[Episode, ...]:
        """Counted from the first episode on; nothing where a season before may be missing."""
        return tuple(self._counted[number] for number in numbers if number in self._counted)

    def special_named(self, text: str) -> Episode | None:
        """The special whose name stands in `text`: the longest name, if just one special has it."""
        found = [pair for pair in self._specials if pair[0] in plain(text)]
        if not found or (len(found) > 1 and found[0][0] == found[1][0]):
            return None
        return found[0][1]


def _counted(regular: Sequence[Episode], seasons: Sequence[int]) -> dict[int, Episode]:
    """By the show's own numbers where they run on through the seasons, else in order from the first."""
    own = {each.number: each for each in regular}
    if len(own) == len(regular) and len(seasons) > 1:
        return own
    has_all_before = list(seasons) == list(range(1, len(seasons) + 1))
    return dict(enumerate(regular, start=1)) if has_all_before else {}
