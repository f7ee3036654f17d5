"""Titles at TMDB that could be added, and which of them are in the library."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.library import known
from momoshtrem.library.database import Database
from momoshtrem.model.media import Page
from momoshtrem.model.search import Details, Kind, SearchResult

KINDS: tuple[Kind, ...] = ("movie", "show")
AnyKind = Literal["movie", "show", "all"]


@dataclass(frozen=True, slots=True)
class Found:
    """A title with the id of its item in the library, None when it is not there."""

    title: SearchResult
    in_library: int | None


class Discover:
    """Asks TMDB. Errors are those of `Tmdb`."""

    def __init__(self, db: Database, tmdb: Tmdb) -> None:
        self._db = db
        self._tmdb = tmdb

    async def search(self, query: str, kind: AnyKind, year: int | None, page: int) -> Page[Found]:
        """Titles like the query, twenty of each kind a page.

        When none is of that year, all years are searched, and those within a year of it come first.
        """
        kinds = KINDS if kind == "all" else (kind,)
        pages = await asyncio.gather(*(self._search(each, query, year, page) for each in kinds))
        results = [result for found in pages for result in found.items]
        if len(kinds) > 1:
            results.sort(key=lambda result: -result.popularity)
        if year is not None:
            results.sort(key=lambda result: not is_near(result.year, year))
        ids = {each: await self._find_known(each, results) for each in kinds}
        items = (Found(result, ids[result.kind].get(result.tmdb_id)) for result in results)
        return Page(tuple(items), sum(found.total for found in pages))

    async def get_movie(self, tmdb_id: int) -> tuple[Details, int | None]:
        """What TMDB tells of a movie, and the id of its item in the library."""
        return await self._with_item(await self._tmdb.get_movie_details(tmdb_id))

    async def get_show(self, tmdb_id: int) -> tuple[Details, int | None]:
        """What TMDB tells of a show, and the id of its item in the library."""
        return await self._with_item(await self._tmdb.get_show_details(tmdb_id))

    async def _search(self, kind: Kind, query: str, year: int | None, page: int) -> Page[SearchResult]:
        found = await self._tmdb.search(kind, query, year, page)
        return found if found.total or year is None else await self._tmdb.search(kind, query, None, page)

    async def _find_known(self, kind: Kind, results: list[SearchResult]) -> dict[int, int]:
        wanted = [result.tmdb_id for result in results if result.kind == kind]
        return await self._db.run(known.find_known, kind, wanted)

    async def _with_item(self, details: Details) -> tuple[Details, int | None]:
        ids = await self._db.run(known.find_known, details.kind, [details.tmdb_id])
        return details, ids.get(details.tmdb_id)


def is_near(year: int | None, wanted: int) -> bool:
    """Countries and catalogues differ by a year on when something was released."""
    return year is not None and abs(year - wanted) <= 1
