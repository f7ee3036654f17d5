"""A TMDB with the shapes and the quirks of the true one (v3 API), as an ASGI app.

`python -m tests.fakes.tmdb --port 0` serves it on loopback and prints the port.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.fakes.tmdb_titles import MOVIES, SHOWS, FakeMovie, FakeShow, Json

API_KEY = "0123456789abcdef0123456789abcdef"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
PAGE_SIZE = 20
MAX_PAGE = 500
MAX_APPENDED = 20

ERRORS: Mapping[int, tuple[int, str]] = {
    7: (401, "Invalid API key: You must be granted a valid key."),
    9: (503, "Service offline: This service is temporarily offline, try again later."),
    10: (401, "Suspended API key: Access to your account has been suspended, contact TMDB."),
    11: (500, "Internal error: Something went wrong, contact TMDB."),
    20: (422, "Invalid date range: Should be a range no longer than 14 days."),
    22: (400, "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer."),
    24: (504, "Your request to the backend server timed out. Try again."),
    25: (429, "Your request count (#) is over the allowed limit of (40)."),
    27: (400, "Too many append to response objects: The maximum number of remote calls is 20."),
    34: (404, "The resource you requested could not be found."),
    43: (502, "Couldn't connect to the backend server."),
    44: (500, "The ID is invalid."),
    45: (403, "This user has been suspended."),
}


@dataclass(frozen=True)
class Seen:
    """A request that reached the fake."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]


class Refused(HTTPException):
    """One of TMDB's own errors, by its own number."""

    def __init__(self, code: int) -> None:
        status, message = ERRORS[code]
        super().__init__(status, message)
        self.code = code


def error_answer(status: int, code: int, message: str) -> Response:
    body = {"success": False, "status_code": code, "status_message": message}
    return JSONResponse(body, status)


async def refuse(_: Request, error: Exception) -> Response:
    if isinstance(error, Refused):
        return error_answer(error.status_code, error.code, error.detail)
    return error_answer(404, 34, ERRORS[34][1])


@dataclass
class FakeTmdb:
    """Change `movies` and `shows` freely; the next requests can be made to fail or to be slow.

    `dropped` are paths of `append_to_response` that are left out of the answer, as for seasons
    that do not exist.
    """

    movies: dict[int, FakeMovie] = field(default_factory=lambda: {each.id: each for each in MOVIES})
    shows: dict[int, FakeShow] = field(default_factory=lambda: {each.id: each for each in SHOWS})
    requests: list[Seen] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)
    _failures: deque[Response] = field(default_factory=deque)
    _delays: deque[float] = field(default_factory=deque)

    def __post_init__(self) -> None:
        get = {
            "/authentication": self.authentication,
            "/configuration": self.configuration,
            "/search/movie": self.search_movie,
            "/search/tv": self.search_tv,
            "/search/multi": self.search_multi,
            "/movie/{id:int}": self.movie,
            "/movie/{id:int}/external_ids": self.movie_external_ids,
            "/movie/{id:int}/alternative_titles": self.movie_alternative_titles,
            "/tv/{id:int}": self.show,
            "/tv/{id:int}/external_ids": self.show_external_ids,
            "/tv/{id:int}/alternative_titles": self.show_alternative_titles,
            "/tv/{id:int}/season/{season:int}": self.season,
            "/tv/{id:int}/season/{season:int}/episode/{episode:int}": self.episode,
            "/find/{external_id}": self.find,
        }
        routes = [Route(f"/3{path}", endpoint) for path, endpoint in get.items()]
        self._app = Starlette(routes=routes, exception_handlers={HTTPException: refuse})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = await self._first_answer(Request(scope))
        await (answer or self._app)(scope, receive, send)

    def fail_next(
        self, status: int, times: int = 1, *, code: int = 0, retry_after: str | None = None
    ) -> None:
        """Answer the next requests with an error; without `code` with one that fits the status."""
        code = code or next((own for own in ERRORS if ERRORS[own][0] == status), 11)
        for _ in range(times):
            answer = error_answer(status, code, ERRORS[code][1])
            if retry_after is not None:
                answer.headers["Retry-After"] = retry_after
            self._failures.append(answer)

    def answer_next(self, text: str, status: int = 200) -> None:
        """Answer the next request with a page that is not TMDB's, as proxies and portals do."""
        self._failures.append(HTMLResponse(text, status))

    def delay_next(self, seconds: float, times: int = 1) -> None:
        self._delays.extend([seconds] * times)

    def count(self, path: str = "") -> int:
        """How many requests came for a path such as `/tv/1399`; for all of them without one."""
        return sum(not path or seen.path == f"/3{path}" for seen in self.requests)

    async def _first_answer(self, request: Request) -> Response | None:
        seen = Seen(request.url.path, dict(request.query_params), dict(request.headers))
        self.requests.append(seen)
        if self._delays:
            await asyncio.sleep(self._delays.popleft())
        if self._failures:
            return self._failures.popleft()
        given = (seen.params.get("api_key"), seen.headers.get("authorization"))
        if API_KEY not in given and f"Bearer {TOKEN}" not in given:
            return error_answer(401, 7, ERRORS[7][1])
        return None

    async def authentication(self, _: Request) -> Response:
        return JSONResponse({"success": True, "status_code": 1, "status_message": "Success."})

    async def configuration(self, _: Request) -> Response:
        images = {
            "base_url": "http://image.tmdb.org/t/p/",
            "secure_base_url": "https://image.tmdb.org/t/p/",
            "poster_sizes": ["w92", "w154", "w185", "w342", "w500", "w780", "original"],
            "backdrop_sizes": ["w300", "w780", "w1280", "original"],
        }
        return JSONResponse({"images": images, "change_keys": []})

    async def search_movie(self, request: Request) -> Response:
        year = request.query_params.get("primary_release_year") or request.query_params.get("year")
        found = [
            movie.brief()
            for movie in self.movies.values()
            if movie.has_title(query_of(request)) and year in (None, movie.year)
        ]
        return paged(request, found)

    async def search_tv(self, request: Request) -> Response:
        year = request.query_params.get("first_air_date_year")
        found = [
            show.brief()
            for show in self.shows.values()
            if show.has_title(query_of(request)) and year in (None, show.year)
        ]
        return paged(request, found)

    async def search_multi(self, request: Request) -> Response:
        query = query_of(request)
        movies = [each for each in self.movies.values() if each.has_title(query)]
        shows = [each for each in self.shows.values() if each.has_title(query)]
        person = {"id": 6384, "name": query, "media_type": "person", "known_for": []}
        found = [{**movie.brief(), "media_type": "movie"} for movie in movies]
        found += [{**show.brief(), "media_type": "tv"} for show in shows]
        return paged(request, [*found, person])

    async def movie(self, request: Request) -> Response:
        movie = self._movie(request)
        return self._with_appended(request, movie.details(), movie.appendable())

    async def movie_external_ids(self, request: Request) -> Response:
        return JSONResponse(self._movie(request).external_ids())

    async def movie_alternative_titles(self, request: Request) -> Response:
        return JSONResponse(self._movie(request).alternative_titles())

    async def show(self, request: Request) -> Response:
        show = self._show(request)
        return self._with_appended(request, show.details(), show.appendable())

    async def show_external_ids(self, request: Request) -> Response:
        return JSONResponse(self._show(request).external_ids())

    async def show_alternative_titles(self, request: Request) -> Response:
        return JSONResponse(self._show(request).alternative_titles())

    async def season(self, request: Request) -> Response:
        return JSONResponse(self._season(request))

    async def episode(self, request: Request) -> Response:
        for episode in self._season(request)["episodes"]:
            if episode["episode_number"] == request.path_params["episode"]:
                return JSONResponse(episode)
        raise Refused(34)

    async def find(self, request: Request) -> Response:
        own, wanted = request.query_params["external_source"], str(request.path_params["external_id"])

        def matches(ids: Json) -> bool:
            return str(ids.get(own)) == wanted

        movies = [each.brief() for each in self.movies.values() if matches(each.external_ids())]
        shows = [each.brief() for each in self.shows.values() if matches(each.external_ids())]
        others = ("person_results", "tv_season_results", "tv_episode_results")
        empty: Json = {key: [] for key in others}
        return JSONResponse({"movie_results": movies, "tv_results": shows, **empty})

    def _movie(self, request: Request) -> FakeMovie:
        if movie := self.movies.get(request.path_params["id"]):
            return movie
        raise Refused(34)

    def _show(self, request: Request) -> FakeShow:
        if show := self.shows.get(request.path_params["id"]):
            return show
        raise Refused(34)

    def _season(self, request: Request) -> Json:
        if season := self._show(request).season(request.path_params["season"]):
            return season
        raise Refused(34)

    def _with_appended(self, request: Request, body: Json, known: Json) -> Response:
        named = request.query_params.get("append_to_response", "")
        asked = [path for path in named.split(",") if path]
        if len(asked) > MAX_APPENDED:
            raise Refused(27)
        wanted = [path for path in asked if path in known and path not in self.dropped]
        return JSONResponse({**body, **{path: known[path] for path in wanted}})


def query_of(request: Request) -> str:
    return request.query_params.get("query", "").casefold()


def paged(request: Request, found: list[Any]) -> Response:
    named = request.query_params.get("page", "1")
    page = int(named) if named.isdigit() else 0
    if not 1 <= page <= MAX_PAGE:
        raise Refused(22)
    part = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    pages = -(-len(found) // PAGE_SIZE)
    return JSONResponse({"page": page, "results": part, "total_pages": pages, "total_results": len(found)})


class TellingServer(uvicorn.Server):
    """Prints the port as soon as it listens."""

    async def startup(self, *args: Any, **kwargs: Any) -> None:
        await super().startup(*args, **kwargs)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve a fake TMDB on loopback.")
    parser.add_argument("--port", type=int, default=0)
    config = uvicorn.Config(FakeTmdb(), port=parser.parse_args().port, log_level="warning", lifespan="off")
    TellingServer(config).run()


if __name__ == "__main__":
    main()
