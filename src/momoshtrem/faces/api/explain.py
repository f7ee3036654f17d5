"""Why an item plays or does not, over REST."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from momoshtrem.errors import InvalidInput
from momoshtrem.faces.api.answers import Answer
from momoshtrem.faces.api.inputs import INT64, Plain, Wired
from momoshtrem.services.chain import Kind, Name

ONE = "Give one of path, movie_id and episode_id."

TreePath = Annotated[
    str | None,
    Plain,
    Query(
        min_length=1,
        max_length=4096,
        description="A path as players see it, also percent-encoded.",
        examples=["/Movies/The Matrix (1999)"],
    ),
]
MovieId = Annotated[int | None, Query(ge=1, le=INT64, description="Or the id of a movie.")]
EpisodeId = Annotated[int | None, Query(ge=1, le=INT64, description="Or the id of an episode.")]


class Item(Answer):
    kind: Kind
    id: int
    title: str = Field(examples=["The Matrix (1999)"])


class Link(Answer):
    """One link of the chain; where it is broken, `message` says what to do."""

    link: Name
    ok: bool
    message: str = Field(examples=["12 of 300 pieces of the file are on disk."])
    details: dict[str, Any] = Field(examples=[{"on_disk": 12, "total": 300}])


class Explanation(Answer):
    """The chain as far as it goes; `broken` is its first link that is not ok, null if everything is."""

    item: Item
    links: list[Link]
    broken: Link | None


async def explain(
    services: Wired, path: TreePath = None, movie_id: MovieId = None, episode_id: EpisodeId = None
) -> Explanation:
    """Follow the chain from an item over its assignment, torrent, peers and pieces to its reader.

    It is told from memory and the library: nothing is started, and nobody is asked.
    """
    if [path, movie_id, episode_id].count(None) != 2:
        raise InvalidInput(ONE)
    if path is not None:
        return Explanation.model_validate(await services.explain.path(path))
    if movie_id is not None:
        return Explanation.model_validate(await services.explain.movie(movie_id))
    assert episode_id is not None
    return Explanation.model_validate(await services.explain.episode(episode_id))
