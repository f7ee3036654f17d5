"""A calendar and a TMDB that answer what a test gave them."""

from __future__ import annotations

from datetime import date

from momoshtrem.errors import MomoshtremError, NotFound
from momoshtrem.model.calendar import Airing, Wanted, WantedKind
from momoshtrem.model.media import Page
from momoshtrem.model.search import Details, SearchResult, SeasonSummary
from momoshtrem.services.calendar import Calendar
from momoshtrem.services.discover import AnyKind, Discover, Found

MATRIX = SearchResult(
    "movie", 603, "The Matrix", "The Matrix", 1999, "A hacker.", "https://img.test/m.jpg", 9.0
)
FARGO = SearchResult("show", 60622, "Fargo", "Fargo", 2014)
MATRIX_DETAILS = Details(
    kind="movie",
    tmdb_id=603,
    title="The Matrix",
    original_title="The Matrix",
    year=1999,
    released=date(1999, 3, 31),
    status="Released",
    overview="A hacker.",
    genres=("Science Fiction",),
    runtime=136,
    imdb_id="tt0133093",
    poster_url="https://img.test/m.jpg",
    backdrop_url=None,
)
FARGO_DETAILS = Details(
    kind="show",
    tmdb_id=60622,
    title="Fargo",
    original_title="Fargo",
    year=2014,
    released=date(2014, 4, 15),
    status="Returning Series",
    overview="",
    genres=(),
    runtime=None,
    imdb_id=None,
    poster_url=None,
    backdrop_url=None,
    seasons=(SeasonSummary(0, 3, None), SeasonSummary(1, 10, date(2014, 4, 15))),
)
WANTED = (
    Wanted("episode", 2, "Fargo", 2014, date(2026, 1, 2), 1, 1, 2, "The Rooster Prince"),
    Wanted("movie", 1, "The Matrix", 1999, date(2026, 1, 1), None, None, None, None),
)
AIRINGS = (
    Airing(2, 1, "Fargo", 1, 2, "The Rooster Prince", date(2026, 1, 2), has_file=False),
    Airing(1, 1, "Fargo", 1, 3, None, date(2026, 1, 9), has_file=True),
)


class FakeCalendar(Calendar):
    def __init__(self) -> None:
        self.days: tuple[int, int] | None = None

    async def list_wanted(self, kind: WantedKind | None, limit: int, offset: int) -> Page[Wanted]:
        found = [each for each in WANTED if kind in (None, each.kind)]
        return Page(tuple(found[offset : offset + limit]), len(found))

    async def list_airings(self, days_back: int, days_ahead: int, limit: int, offset: int) -> Page[Airing]:
        self.days = (days_back, days_ahead)
        return Page(AIRINGS[offset : offset + limit], len(AIRINGS))


class FakeDiscover(Discover):
    """Has The Matrix in the library and Fargo not; `error` is raised instead of asking TMDB."""

    def __init__(self) -> None:
        self.error: MomoshtremError | None = None
        self.asked: list[tuple[str, AnyKind, int | None, int]] = []

    async def search(self, query: str, kind: AnyKind, year: int | None, page: int) -> Page[Found]:
        self.asked.append((query, kind, year, page))
        if self.error:
            raise self.error
        return Page((Found(MATRIX, 1), Found(FARGO, None)), 2)

    async def get_movie(self, tmdb_id: int) -> tuple[Details, int | None]:
        if tmdb_id != MATRIX.tmdb_id:
            raise NotFound(f"TMDB has no movie {tmdb_id}.")
        return MATRIX_DETAILS, 1

    async def get_show(self, tmdb_id: int) -> tuple[Details, int | None]:
        if tmdb_id != FARGO.tmdb_id:
            raise NotFound(f"TMDB has no show {tmdb_id}.")
        return FARGO_DETAILS, None
