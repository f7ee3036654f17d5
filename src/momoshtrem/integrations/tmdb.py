"""TMDB, the catalogue: titles, years, seasons and episodes (v3 API).

A show costs one request: its details with up to twenty seasons appended. Seasons that do not come
with them are asked for in further batches, and in the end one by one.
"""

from __future__ import annotations

import math
import re
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Sequence,
)
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
from momoshtrem.integrations.tmdb_models import ErrorBody, FoundPage, Season, Show, Title
from momoshtrem.model.media import NewMovie, NewSeason, NewShow, Page
from momoshtrem.model.search import Kind, SearchResult
from momoshtrem.settings import Tmdb as TmdbSettings

T = TypeVar("T")
Answer = TypeVar("Answer", bound=BaseModel)

MAX_APPENDED = 20
MAX_PAGE = 500
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


class Recent:
    """Answers of the last `lifetime` seconds, at most `size` of them."""

    def __init__(self, lifetime: float, size: int, now: Callable[[], float]) -> None:
        self._lifetime = lifetime
        self._size = size
        self._now = now
        self._kept: dict[Hashable, tuple[float, Any]] = {}

    async def recall(self, key: Hashable, fetch: Callable[[], Awaitable[T]], fresh: bool) -> T:
        """What is kept under the key, or else what `fetch` gives; `fresh` always fetches."""
        expires, kept = self._kept.get(key, (-math.inf, None))
        if not fresh and self._now() < expires:
            answer: T = kept
            return answer
        answer = await fetch()
        self._kept.pop(key, None)
        self._kept[key] = (self._now() + self._lifetime, answer)
        if len(self._kept) > self._size:
            del self._kept[next(iter(self._kept))]
        return answer


class Tmdb:
    """The catalogue. Every method raises NotConfigured without a key, and else as `Outgoing.send`.

    Answers are kept for an hour; `fresh` asks again.
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
        self._recent = Recent(lifetime=3600, size=500, now=clock.now)

    async def aclose(self) -> None:
        await self._outgoing.aclose()

    async def get_movie(self, tmdb_id: int, *, fresh: bool = False) -> NewMovie:
        return await self._recent.recall(("movie", tmdb_id), lambda: self._fetch_movie(tmdb_id), fresh)

    async def get_show(
        self, tmdb_id: int, seasons: Collection[int] | None = None, *, fresh: bool = False
    ) -> NewShow:
        """A show with the seasons named, or with all of them, specials (season 0) included."""
        wanted = None if seasons is None else frozenset(seasons)
        return await self._recent.recall(
            ("show", tmdb_id, wanted), lambda: self._fetch_show(tmdb_id, wanted), fresh
        )

    async def search_movies(self, query: str, year: int | None = None, page: int = 1) -> Page[SearchResult]:
        """Movies with such a title, twenty a page; `year` is that of the first release."""
        return await self._search("movie", query, year, page)

    async def search_shows(self, query: str, year: int | None = None, page: int = 1) -> Page[SearchResult]:
        """Shows with such a title, twenty a page; `year` is that of the first season."""
        return await self._search("show", query, year, page)

    async def _search(self, kind: Kind, query: str, year: int | None, page: int) -> Page[SearchResult]:
        if not query.strip():
            raise InvalidInput("A search needs a title.")
        if not 1 <= page <= MAX_PAGE:
            raise InvalidInput(f"The page of a search is between 1 and {MAX_PAGE}.")
        return await self._recent.recall(
            (kind, query, year, page),
            lambda: self._fetch_found(kind, query, year, page),
            fresh=False,
        )

    async def _fetch_found(self, kind: Kind, query: str, year: int | None, page: int) -> Page[SearchResult]:
        path, year_name = SEARCHES[kind]
        params: dict[str, str | int] = {"query": query, "page": page}
        if year is not None:
            params[year_name] = year
        found = parse(FoundPage, await self._get_json(path, params))
        return Page(
            tuple(entry.result(kind) for entry in found.results),
            min(found.total_results, MAX_PAGE * PAGE_SIZE),
        )

    async def _fetch_movie(self, tmdb_id: int) -> NewMovie:
        try:
            answer = await self._get_json(f"/movie/{tmdb_id}")
        except NotFound as error:
            raise NotFound(f"TMDB has no movie {tmdb_id}.") from error
        return parse(Title, answer).movie()

    async def _fetch_show(self, tmdb_id: int, wanted: frozenset[int] | None) -> NewShow:
        asked = range(MAX_APPENDED) if wanted is None else sorted(wanted)[:MAX_APPENDED]
        try:
            answer = await self._get_json(f"/tv/{tmdb_id}", append(asked))
        except NotFound as error:
            raise NotFound(f"TMDB has no show {tmdb_id}.") from error
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
        for batch in batches(sorted(numbers), MAX_APPENDED):
            answer = await self._get_json(f"/tv/{tmdb_id}", append(batch))
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


def append(seasons: Collection[int]) -> dict[str, str]:
    """The parameter that fetches the seasons with their show."""
    if not seasons:
        return {}
    return {"append_to_response": ",".join(f"season/{number}" for number in seasons)}


def appended_seasons(answer: dict[str, Any], asked: Iterable[int]) -> dict[int, NewSeason]:
    """The seasons that came with a show; TMDB leaves out those it does not have."""
    came = {number: answer.get(f"season/{number}") for number in asked}
    return {number: parse(Season, body).season(number) for number, body in came.items() if body}


def batches(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]
