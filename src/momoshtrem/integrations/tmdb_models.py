"""TMDB's answers, reduced to what momoshtrem needs, and their meaning in our words.

TMDB leaves fields out, or sends null or an empty string for them; only ids are certain.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field

from momoshtrem.model.media import NewEpisode, NewMovie, NewSeason, NewShow
from momoshtrem.model.search import Details, Kind, SearchResult, SeasonSummary

POSTERS = "https://image.tmdb.org/t/p/w342"
BACKDROPS = "https://image.tmdb.org/t/p/w1280"
OVER = frozenset({"Ended", "Canceled"})
ANNOUNCED = frozenset({"tba", "tbd", "to be announced"})
UNNAMED = re.compile(
    r"(?:episode|épisode|episodio|episódio|folge|aflevering|avsnitt|afsnit|odcinek|jakso|bölüm|epizoda"
    r"|серия|эпизод|епізод|エピソード|에피소드|第)\s*0*(\d+)\s*[話话集]?",
    re.IGNORECASE,
)


def read_date(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def read_text(value: object) -> str:
    """The text in NFC, with plain single blanks."""
    return " ".join(unicodedata.normalize("NFC", value).split()) if isinstance(value, str) else ""


def read_list(value: object) -> object:
    return [] if value is None else value


LenientDate = Annotated[date | None, BeforeValidator(read_date)]
Text = Annotated[str, BeforeValidator(read_text)]


class ErrorBody(BaseModel):
    """TMDB's own error; `status_code` is not the HTTP status."""

    status_code: int = 0
    status_message: Text = ""


class Title(BaseModel):
    """What a movie and a show have in common, in a search as in the details."""

    id: int
    title: Text = Field("", validation_alias=AliasChoices("title", "name"))
    original_title: Text = Field("", validation_alias=AliasChoices("original_title", "original_name"))
    released: LenientDate = Field(None, validation_alias=AliasChoices("release_date", "first_air_date"))

    @property
    def best_title(self) -> str:
        return self.title or self.original_title or f"Untitled {self.id}"

    @property
    def year(self) -> int | None:
        return self.released.year if self.released else None

    @property
    def best_original_title(self) -> str:
        return self.original_title or self.best_title


class Described(Title):
    overview: Text = ""
    poster_path: str | None = None

    @property
    def poster_url(self) -> str | None:
        return POSTERS + self.poster_path if self.poster_path else None


class Found(Described):
    popularity: float | None = None

    def result(self, kind: Kind) -> SearchResult:
        return SearchResult(
            kind=kind,
            tmdb_id=self.id,
            title=self.best_title,
            original_title=self.best_original_title,
            year=self.year,
            overview=self.overview,
            poster_url=self.poster_url,
            popularity=self.popularity or 0.0,
        )


class FoundPage(BaseModel):
    results: Annotated[list[Found], BeforeValidator(read_list)] = []
    total_results: int = 0


class Episode(BaseModel):
    episode_number: int | None = None
    name: Text = ""
    air_date: LenientDate = None

    @property
    def own_name(self) -> str | None:
        """None where the name only repeats the number, as in `Episode 5`, or is yet to come."""
        repeated = UNNAMED.fullmatch(self.name)
        if (
            not self.name
            or self.name.casefold() in ANNOUNCED
            or (repeated and int(repeated[1]) == self.episode_number)
        ):
            return None
        return self.name


class Season(BaseModel):
    """The answer of the season call, which is the truth about a season's episodes; there are gaps."""

    episodes: Annotated[list[Episode], BeforeValidator(read_list)]

    def season(self, number: int) -> NewSeason:
        numbered = {
            episode.episode_number: NewEpisode(episode.episode_number, episode.own_name, episode.air_date)
            for episode in self.episodes
            if episode.episode_number is not None
        }
        return NewSeason(number, tuple(numbered[key] for key in sorted(numbered)))


class Genre(BaseModel):
    name: Text = ""


class ExternalIds(BaseModel):
    imdb_id: Text = ""


class Translated(BaseModel):
    title: Text = Field(default="", validation_alias=AliasChoices("title", "name"))
    overview: Text = ""


class Translation(BaseModel):
    iso_639_1: Text = ""
    data: Translated = Translated()


class Translations(BaseModel):
    translations: Annotated[list[Translation], BeforeValidator(read_list)] = []

    @property
    def english(self) -> Translated:
        return next((each.data for each in self.translations if each.iso_639_1 == "en"), Translated())


class Whole(Described):
    """What the details of movies and shows have in common.

    With `translations`, what is not translated is in English; TMDB alone would leave the original title
    and no overview.
    """

    translations: Translations = Translations()
    backdrop_path: str | None = None
    genres: Annotated[list[Genre], BeforeValidator(read_list)] = []
    status: Text = ""
    external_ids: ExternalIds = ExternalIds()

    @property
    def best_title(self) -> str:
        if self.title in ("", self.original_title) and self.translations.english.title:
            return self.translations.english.title
        return super().best_title

    def details_of(self, kind: Kind, runtime: int | None, seasons: tuple[SeasonSummary, ...] = ()) -> Details:
        return Details(
            kind=kind,
            tmdb_id=self.id,
            title=self.best_title,
            original_title=self.best_original_title,
            year=self.year,
            released=self.released,
            status=self.status,
            overview=self.overview or self.translations.english.overview,
            genres=tuple(genre.name for genre in self.genres if genre.name),
            runtime=runtime or None,
            imdb_id=self.external_ids.imdb_id or None,
            poster_url=self.poster_url,
            backdrop_url=BACKDROPS + self.backdrop_path if self.backdrop_path else None,
            seasons=seasons,
        )


class Movie(Whole):
    runtime: int | None = None

    def movie(self) -> NewMovie:
        return NewMovie(title=self.best_title, year=self.year, tmdb_id=self.id)

    def details(self) -> Details:
        return self.details_of("movie", self.runtime)


class SeasonEntry(BaseModel):
    """A season in the list of a show; which episodes it has, only the season call knows."""

    season_number: int
    episode_count: int | None = None
    air_date: LenientDate = None

    def summary(self) -> SeasonSummary:
        return SeasonSummary(self.season_number, self.episode_count or 0, self.air_date)


class Show(Whole):
    seasons: Annotated[list[SeasonEntry], BeforeValidator(read_list)] = []
    episode_run_time: Annotated[list[int], BeforeValidator(read_list)] = []

    @property
    def season_numbers(self) -> set[int]:
        return {season.season_number for season in self.seasons}

    def show(self, seasons: dict[int, NewSeason]) -> NewShow:
        ordered = tuple(seasons[number] for number in sorted(seasons))
        return NewShow(self.best_title, self.year, self.id, ordered, ended=self.status in OVER)

    def details(self) -> Details:
        runtime = next(iter(self.episode_run_time), None)
        return self.details_of("show", runtime, tuple(each.summary() for each in self.seasons))
