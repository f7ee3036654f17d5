"""Shows and their episodes over REST."""

from __future__ import annotations

from fastapi import Response

from momoshtrem.faces.api.answers import Page, Refreshed, Show, ShowDetails
from momoshtrem.faces.api.bodies import AnyShow, ShowByTmdb
from momoshtrem.faces.api.inputs import ItemId, Limit, Offset, Pinned, Search, Wired


async def add_show(new: AnyShow, services: Wired, response: Response) -> ShowDetails:
    """Add a show by its TMDB id, whole or only some seasons, or by hand with its episodes.

    One that is here already gets the further seasons and episodes: it has the same TMDB id, or the same title
    and year and was named by hand on one side.
    """
    if isinstance(new, ShowByTmdb):
        show, is_new = await services.catalog.add_show_by_tmdb(new.tmdb_id, new.seasons)
    else:
        show, is_new = await services.catalog.add_show(new.to_show())
    response.status_code = 201 if is_new else 200
    return ShowDetails.model_validate(show)


async def list_shows(
    services: Wired, limit: Limit = 50, offset: Offset = 0, search: Search = "", pinned: Pinned = None
) -> Page[Show]:
    """Shows in the order of their titles, without seasons.

    One with a pinned episode counts as pinned here.
    """
    page = await services.catalog.list_shows(limit, offset, search or None, pinned)
    return Page[Show].of(page, limit, offset)


async def get_show(show_id: ItemId, services: Wired) -> ShowDetails:
    """A show with its seasons, episodes and their assignments."""
    return ShowDetails.of(*await services.catalog.get_show(show_id))


async def remove_show(show_id: ItemId, services: Wired) -> None:
    """Remove a show with its episodes and their assignments; the torrents stay."""
    await services.catalog.remove_show(show_id)


async def refresh_show(show_id: ItemId, services: Wired) -> Refreshed:
    """Take new seasons, episodes and air dates from TMDB; nothing is removed and no path moves.

    A show that was added with `seasons` gets no others; adding it again without `seasons` makes it whole.
    """
    show, added = await services.catalog.refresh_show(show_id)
    return Refreshed(added=added, show=ShowDetails.model_validate(show))


async def unassign_episode(episode_id: ItemId, services: Wired) -> None:
    """Take all files off an episode; players see it no more."""
    await services.acquire.unassign_episode(episode_id)


async def pin_show(show_id: ItemId, services: Wired) -> None:
    """Keep all episodes of a show, also those to come: what is in the cache of them stays there.

    Refused when all pinned files together would have more than 90 % of `cache.max_size`.
    """
    await services.pins.pin("show", show_id)


async def unpin_show(show_id: ItemId, services: Wired) -> None:
    """Let the cache make room of a show again; episodes that are pinned themselves stay so."""
    await services.pins.unpin("show", show_id)


async def pin_episode(episode_id: ItemId, services: Wired) -> None:
    """Keep one episode: what is in the cache of the files that players see stays there.

    Refused when all pinned files together would have more than 90 % of `cache.max_size`.
    """
    await services.pins.pin("episode", episode_id)


async def unpin_episode(episode_id: ItemId, services: Wired) -> None:
    """Let the cache make room of an episode again, unless its show is pinned."""
    await services.pins.unpin("episode", episode_id)
