"""TMDB, the catalogue: titles, years, seasons and episodes (v3 API).

A show costs one request: its details with up to nineteen seasons appended. Seasons that do not come
with them are asked for in further batches, and in the end one by one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from momoshtrem.errors import (
    InvalidInput,
    MomoshtremError,
    NotConfigured,
    NotFound,
    ServiceDown,
    ServiceRefused,
)
from momoshtrem.integrations.http import Clock, Credentials, Limits, Outgoing, Params, open_client
from momoshtrem.integrations.recent import Recent
from momoshtrem.integrations.tmdb_models import ErrorBody, FoundPage, Movie, Season, Show
from momoshtrem.model.media import NewMovie, NewSeason, NewShow, Page
from momoshtrem.model.search import Details, Kind, SearchResult
from momoshtrem.settings import Tmdb as TmdbSettings

Answer = TypeVar("Answer", bound=BaseModel)

MAX_SEASONS = 19
"""In one request, which may append twenty answers: the translations are one of them."""
MAX_PAGE = 500
MAX_KEPT = 500
PAGE_SIZE = 20
SEARCHES: dict[Kind, tuple[str, str]] = {
    "movie": ("/search/movie", "primary_release_year"),
    "show": ("/search/tv", "first_air_date_year"),
}
GONE = frozenset({6, 34, 37, 44})
NO_KEY = (
    "TMDB cannot be asked without a key: set tmdb.api_key (a v3 key or a v4 read access token), "
    "or add it by title and year."
)
STRANGE = "TMDB gave an answer that momoshtrem does not understand."


class Tmdb:
    """The catalogue. Every method raises NotConfigured without a key, and else as `Outgoing.send`.

    Answers are kept for `tmdb.cache_ttl` seconds, and serve for longer while TMDB is down.
    """

    def __init__(
        self,
        settings: TmdbSettings,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        limits: Limits | None = None,
        clock: Clock | None = None,
    ) -> None:
        clock = clock or Clock()
        key = settings.api_key.get_secret_value().strip()
        self._usable = re.fullmatch(r"[\w.-]+", key, re.ASCII) is not None
        client = open_client(settings.base_url, credentials(key) if self._usable else None, transport)
        self._outgoing = Outgoing("TMDB", client, judge=judge, limits=limits, clock=clock)
        self._language = settings.language
        self._fallback = [] if settings.language.startswith("en") else ["translations"]
        self._region = settings.region
        self._recent = Recent(settings.cache_ttl, MAX_KEPT, clock.now)

    @property
    def is_configured(self) -> bool:
        return self._usable

    @property
    def problem(self) -> str | None:
        """What was wrong with TMDB when it was asked last, as a sentence."""
        return self._outgoing.problem

    @property
    def outcomes(self) -> Counter[str]:
        """Requests by what came of them: "ok", or the code of the error."""
        return self._outgoing.outcomes

    async def aclose(self) -> None:
        await self._outgoing.aclose()

    async def get_movie(self, tmdb_id: int) -> NewMovie:
        return (await self._recall_movie(tmdb_id)).movie()

    async def get_movie_details(self, tmdb_id: int) -> Details:
        return (await self._recall_movie(tmdb_id)).details()

    async def get_show(
        self, tmdb_id: int, seasons: Collection[int] | None = None, *, fresh: bool = False
    ) -> NewShow:
        """A show with the seasons named, or with all of them, specials (season 0) included.

        `fresh` asks TMDB in any case.
        """
        wanted = None if seasons is None else frozenset(seasons)
        return await self._recent.recall(
            ("show", tmdb_id, wanted), lambda: self._fetch_show(tmdb_id, wanted), fresh
        )

    async def get_show_details(self, tmdb_id: int) -> Details:
        show = await self._recent.recall(("details", tmdb_id), lambda: self._fetch_details(tmdb_id))
        return show.details()

    async def search(
        self, kind: Kind, query: str, year: int | None = None, page: int = 1
    ) -> Page[SearchResult]:
        """Titles like the query, twenty a page; `year` is that of the first release or season."""
        if not query.strip():
            raise InvalidInput("A search needs a title.")
        if not 1 <= page <= MAX_PAGE:
            raise InvalidInput(f"The page of a search is between 1 and {MAX_PAGE}.")
        return await self._recent.recall(
            (kind, query, year, page),
            lambda: self._fetch_found(kind, query, year, page),
        )

    async def _fetch_found(self, kind: Kind, query: str, year: int | None, page: int) -> Page[SearchResult]:
        path, year_name = SEARCHES[kind]
        params: dict[str, str | int] = {"query": query, "page": page}
        if year is not None:
            params[year_name] = year
        if self._region and kind == "movie":
            params["region"] = self._region
        found = parse(FoundPage, await self._get_json(path, params))
        return Page(
            tuple(entry.result(kind) for entry in found.results),
            min(found.total_results, MAX_PAGE * PAGE_SIZE),
        )

    async def _recall_movie(self, tmdb_id: int) -> Movie:
        return await self._recent.recall(("movie", tmdb_id), lambda: self._fetch_movie(tmdb_id))

    async def _fetch_movie(self, tmdb_id: int) -> Movie:
        return parse(Movie, await self._get_item("movie", tmdb_id, "external_ids"))

    async def _fetch_details(self, tmdb_id: int) -> Show:
        return parse(Show, await self._get_item("show", tmdb_id, "external_ids"))

    async def _fetch_show(self, tmdb_id: int, wanted: frozenset[int] | None) -> NewShow:
        asked = range(MAX_SEASONS) if wanted is None else sorted(wanted)[:MAX_SEASONS]
        answer = await self._get_item("show", tmdb_id, *season_paths(asked))
        show = parse(Show, answer)
        found = appended_seasons(answer, asked)
        listed = show.season_numbers if wanted is None else show.season_numbers & wanted
        found |= await self._fetch_batches(tmdb_id, listed.difference(asked))
        found |= await self._fetch_singly(tmdb_id, listed - found.keys())
        if absent := (wanted or frozenset()) - found.keys():
            raise NotFound(f"TMDB has no season {min(absent)} of {show.best_title}.")
        return show.show(found)

    async def _fetch_batches(self, tmdb_id: int, numbers: Iterable[int]) -> dict[int, NewSeason]:
        found: dict[int, NewSeason] = {}
        for batch in batches(sorted(numbers), MAX_SEASONS):
            answer = await self._get_item("show", tmdb_id, *season_paths(batch))
            found |= appended_seasons(answer, batch)
        return found

    async def _fetch_singly(self, tmdb_id: int, numbers: Iterable[int]) -> dict[int, NewSeason]:
        """Seasons by a request each; those that TMDB lists but does not have are left out."""
        found: dict[int, NewSeason] = {}
        for number in sorted(numbers):
            with suppress(NotFound):
                answer = await self._get_json(f"/tv/{tmdb_id}/season/{number}")
                found[number] = parse(Season, answer).season(number)
        return found

    async def _get_item(self, kind: Kind, tmdb_id: int, *appended: str) -> dict[str, Any]:
        """A movie or a show, with what is appended, all in one request."""
        path = f"/movie/{tmdb_id}" if kind == "movie" else f"/tv/{tmdb_id}"
        paths = ",".join([*appended, *self._fallback])
        try:
            answer = await self._get_json(path, {"append_to_response": paths} if paths else None)
        except NotFound as error:
            raise NotFound(f"TMDB has no {kind} {tmdb_id}.") from error
        if answer.get("original_language") == self._language[:2]:
            answer.pop("translations", None)
        return answer

    async def _get_json(self, path: str, params: Params | None = None) -> dict[str, Any]:
        if not self._usable:
            raise NotConfigured(NO_KEY)
        asked = {"language": self._language, **(params or {})}
        answer = await self._outgoing.get_json(path, asked)
        if not isinstance(answer, dict):
            raise ServiceDown(STRANGE)
        return answer


def credentials(key: str) -> Credentials:
    """A read access token (v4) is a JWT and has dots, a v3 key has none."""
    if "." in key:
        return Credentials(headers={"Authorization": f"Bearer {key}"})
    return Credentials(params={"api_key": key})


def judge(response: httpx2.Response) -> MomoshtremError | None:
    """What TMDB means by an error, beyond its HTTP status."""
    if response.is_success:
        return None
    try:
        body = ErrorBody.model_validate_json(response.content)
    except ValidationError:
        body = ErrorBody()
    if response.status_code in (401, 403):
        return ServiceRefused(f"TMDB refused the key: check tmdb.api_key. {body.status_message}".strip())
    if body.status_code in GONE:
        return NotFound("TMDB does not have what was asked for.")
    return None


def parse(model: type[Answer], body: object) -> Answer:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise ServiceDown(STRANGE) from error


def season_paths(numbers: Iterable[int]) -> list[str]:
    """The paths that append seasons to their show."""
    return [f"season/{number}" for number in numbers]


def appended_seasons(answer: dict[str, Any], asked: Iterable[int]) -> dict[int, NewSeason]:
    """The seasons that came with a show; TMDB leaves out those it does not have."""
    came = {number: answer.get(f"season/{number}") for number in asked}
    return {number: parse(Season, body).season(number) for number, body in came.items() if body}


def batches(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]
