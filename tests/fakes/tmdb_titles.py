"""What the fake TMDB knows: titles with the gaps and oddities that the true one has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
ABSENT: Any = object()
"""A date that TMDB does not send at all."""


def without_absent(body: Json) -> Json:
    return {key: value for key, value in body.items() if value is not ABSENT}


@dataclass(frozen=True)
class FakeEpisode:
    number: int
    name: str = ""
    air_date: Any = None


@dataclass(frozen=True)
class FakeMovie:
    """`date` is as TMDB sends it: ISO, an empty text, None or ABSENT."""

    id: int
    title: str
    date: Any
    imdb_id: str | None = None
    original_title: str | None = None
    poster: str | None = None
    runtime: int | None = 0
    language: str = "en"
    english_title: str = ""

    @property
    def year(self) -> str:
        return str(self.date)[:4]

    def has_title(self, query: str) -> bool:
        names = (self.title, self.original_title or "")
        return bool(query) and any(query in name.casefold() for name in names)

    def brief(self) -> Json:
        return without_absent(
            {
                **shared(self.id, self.poster),
                "original_language": self.language,
                "title": self.title,
                "original_title": self.original_title or self.title,
                "release_date": self.date,
                "video": False,
            }
        )

    def details(self) -> Json:
        brief = self.brief()
        del brief["genre_ids"]
        return brief | {
            "imdb_id": self.imdb_id,
            "runtime": self.runtime,
            "status": "Released",
            "tagline": "",
            "genres": [{"id": 878, "name": "Science Fiction"}],
            "belongs_to_collection": None,
            "budget": 0,
            "revenue": 0,
            "homepage": "",
        }

    def external_ids(self) -> Json:
        return {"id": self.id, "imdb_id": self.imdb_id, "wikidata_id": None}

    def alternative_titles(self) -> Json:
        return {"id": self.id, "titles": [{"iso_3166_1": "US", "title": self.title, "type": ""}]}

    def appendable(self) -> Json:
        return {
            "external_ids": self.external_ids(),
            "alternative_titles": self.alternative_titles(),
            "translations": self.translations(),
        }

    def translations(self) -> Json:
        texts = {"de": {"title": ""}, "en": {"title": self.english_title, "overview": "In English."}}
        return {"id": self.id, "translations": [{"iso_639_1": key, "data": texts[key]} for key in texts]}


@dataclass(frozen=True)
class FakeShow:
    """`hollow` seasons are listed, but the season call does not know them."""

    id: int
    name: str
    date: Any
    seasons: Mapping[int, Sequence[FakeEpisode]] = field(default_factory=dict)
    tvdb_id: int | None = None
    original_name: str | None = None
    hollow: frozenset[int] = frozenset()
    status: str = "Returning Series"

    @property
    def year(self) -> str:
        return str(self.date)[:4]

    def has_title(self, query: str) -> bool:
        names = (self.name, self.original_name or "")
        return bool(query) and any(query in name.casefold() for name in names)

    def brief(self) -> Json:
        return without_absent(
            {
                **shared(self.id, None),
                "name": self.name,
                "original_name": self.original_name or self.name,
                "origin_country": [],
                "first_air_date": self.date,
            }
        )

    def details(self) -> Json:
        brief = self.brief()
        del brief["genre_ids"]
        numbers = sorted({*self.seasons, *self.hollow})
        return brief | {
            "last_air_date": None,
            "status": self.status,
            "type": "Scripted",
            "in_production": True,
            "number_of_seasons": sum(number > 0 for number in numbers),
            "number_of_episodes": 1,  # wrong, as it may be
            "episode_run_time": [],
            "genres": [],
            "networks": [],
            "created_by": [],
            "languages": [],
            "last_episode_to_air": None,
            "next_episode_to_air": None,
            "seasons": [self.season_brief(number) for number in numbers],
        }

    def season_brief(self, number: int) -> Json:
        return {
            "id": self.id * 10_000 + number,
            "season_number": number,
            "name": f"Season {number}" if number else "Specials",
            "episode_count": len(self.seasons.get(number, ())),
            "air_date": None,
            "overview": "",
            "poster_path": None,
            "vote_average": 0.0,
        }

    def season(self, number: int) -> Json | None:
        if number not in self.seasons:
            return None
        brief = self.season_brief(number)
        del brief["episode_count"]
        episodes = [self.episode(number, episode) for episode in self.seasons[number]]
        return brief | {"_id": f"{self.id:024x}", "episodes": episodes}

    def episode(self, season_number: int, episode: FakeEpisode) -> Json:
        return without_absent(
            {
                "id": self.id * 1_000_000 + season_number * 1000 + episode.number,
                "show_id": self.id,
                "season_number": season_number,
                "episode_number": episode.number,
                "name": episode.name,
                "overview": "",
                "air_date": episode.air_date,
                "runtime": None,
                "still_path": None,
                "episode_type": "standard",
                "production_code": "",
                "vote_average": 0.0,
                "vote_count": 0,
                "crew": [],
                "guest_stars": [],
            }
        )

    def external_ids(self) -> Json:
        return {"id": self.id, "imdb_id": None, "tvdb_id": self.tvdb_id, "wikidata_id": None}

    def alternative_titles(self) -> Json:
        return {"id": self.id, "results": [{"iso_3166_1": "US", "title": self.name, "type": ""}]}

    def appendable(self) -> Json:
        seasons = {f"season/{number}": self.season(number) for number in self.seasons}
        return {
            "external_ids": self.external_ids(),
            "alternative_titles": self.alternative_titles(),
            **seasons,
        }


def shared(tmdb_id: int, poster: str | None) -> Json:
    """The fields of search and details that movies and shows have alike."""
    return {
        "id": tmdb_id,
        "overview": "",
        "original_language": "en",
        "poster_path": poster,
        "backdrop_path": None,
        "genre_ids": [],
        "popularity": 1.5,
        "vote_average": 0.0,
        "vote_count": 0,
        "adult": False,
    }


def weekly(count: int, year: int) -> tuple[FakeEpisode, ...]:
    """Named episodes, one a day from the first of January on."""
    return tuple(
        FakeEpisode(number, f"Part the {number}th", f"{year}-01-{number:02}")
        for number in range(1, count + 1)
    )


MOVIES = (
    FakeMovie(603, "The Matrix", "1999-03-31", imdb_id="tt0133093", poster="/matrix.jpg", runtime=136),
    FakeMovie(10378, "Big Buck Bunny", "2008-04-10", imdb_id="tt1254207"),
    FakeMovie(45745, "Sintel", "2010-09-30", imdb_id="tt1727587"),
    FakeMovie(133701, "Tears of Steel", "2012-09-26"),
    FakeMovie(901, "Undated by Text", "", imdb_id=""),
    FakeMovie(902, "Undated by Null", None),
    FakeMovie(903, "Undated by Silence", ABSENT),
    FakeMovie(904, "Ocean’s\u00a0Cafe\u0301", "2001-12-07"),
    FakeMovie(905, "", "1954-04-26", original_title="七人の侍"),
    FakeMovie(906, "羅生門", "1950-08-26", language="ja", english_title="Rashomon"),
)

SHOWS = (
    FakeShow(
        2001,
        "Specials and Gaps",
        "2005-03-26",
        {
            0: (FakeEpisode(2, "Behind It", None), FakeEpisode(9, "Christmas", "2005-12-25")),
            1: weekly(3, 2005),
            2: (*weekly(2, 2006), FakeEpisode(5, "After the Gap", "")),
        },
        tvdb_id=78804,
    ),
    FakeShow(2002, "Twenty-Five Seasons", "1990-01-01", {n: weekly(2, 1990) for n in range(26)}),
    FakeShow(2003, "Seasons by Year", "2014-04-27", {n: weekly(2, n) for n in (2014, 2015)}),
    FakeShow(
        2004,
        "",
        None,
        {
            1: (
                FakeEpisode(1, "Episode 1", "2020-01-01"),
                FakeEpisode(2, "Folge 2", "2020-01-08"),
                FakeEpisode(3, "", ABSENT),
                FakeEpisode(4, "Chapter 4", "2099-01-01"),
                FakeEpisode(5, "Episode 1", "2099-01-08"),
                FakeEpisode(6, "第6話"),
            )
        },
        original_name="夜の物語",
    ),
    FakeShow(2005, "Announced", "", {1: ()}),
)
