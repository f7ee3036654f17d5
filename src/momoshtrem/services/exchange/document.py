"""What an exported library is made of.

The document is one JSON object: `format`, `version`, and the lists `torrents`, `movies` and `shows`. What is
left out of an object has its default.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationError,
    model_validator,
)

FORMAT, VERSION = "momoshtrem library", 1


def only_text(value: object) -> object:
    """A moment is written as text: a number would be taken for the seconds since 1970."""
    if not isinstance(value, str | date):
        raise ValueError("a date or a moment is a text like 2008-01-20 or 2008-01-20T20:15:00Z")  # noqa: TRY004
    return value


Text = Annotated[str, StringConstraints(max_length=65_536, pattern="^[^\\x00]*$")]
Hash = Annotated[str, StringConstraints(pattern="^([0-9a-f]{40}|[0-9a-f]{64})$")]
Year = Annotated[int, Field(ge=0, le=9999)]
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]
Bytes = Annotated[int, Field(ge=0, le=2**63 - 1)]
Day = Annotated[date, Strict(False), BeforeValidator(only_text)]
Moment = Annotated[AwareDatetime, Strict(False), BeforeValidator(only_text)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, from_attributes=True)

    def to_json(self) -> str:
        return self.model_dump_json(indent=1, exclude_defaults=True)


class File(Part):
    """What is assigned to an item; ranks tell the order of one version, 0 is what players see."""

    info_hash: Hash
    file_index: Number
    path: Text
    size: Bytes
    version: Text = ""
    rank: Number = 0
    resolution: Text | None = None
    source: Text | None = None
    codec: Text | None = None
    hdr: Text | None = None
    group: Text | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    proposed: bool = False
    reason: Text = ""
    assigned_at: Moment


class Movie(Part):
    """`path_name` is the name of its folder."""

    title: Text
    year: Year | None = None
    tmdb_id: Number | None = None
    path_name: Text | None = None
    pinned: bool = False
    added_at: Moment
    files: list[File] = []


class Episode(Part):
    """`path_name` is its title within the names of files."""

    number: Number
    name: Text | None = None
    air_date: Day | None = None
    path_name: Text | None = None
    pinned: bool = False
    files: list[File] = []


class Season(Part):
    number: Number
    episodes: list[Episode] = []


class Rule(Part):
    """A correction: what a release group names `number` of `season` is another episode."""

    release_group: Text
    season: Number | None = None
    number: Number
    to_season: Number
    to_number: Number


class Show(Part):
    title: Text
    year: Year | None = None
    tmdb_id: Number | None = None
    path_name: Text | None = None
    pinned: bool = False
    ended: bool = False
    whole: bool = False
    added_at: Moment
    seasons: list[Season] = []
    corrections: list[Rule] = []

    @model_validator(mode="after")
    def check_numbers(self) -> Self:
        numbers = [(season.number, each.number) for season in self.seasons for each in season.episodes]
        if len(set(numbers)) < len(numbers):
            raise ValueError("an episode is there twice")
        return self


class TorrentFile(Part):
    """Its index is its place in the list."""

    path: Text
    size: Bytes


class Torrent(Part):
    """`files` are known once its metadata is; `metainfo` is the .torrent in base64."""

    info_hash: Hash
    info_hash_v2: Hash | None = None
    name: Text = ""
    magnet_uri: Annotated[str, StringConstraints(max_length=16_384)] | None = None
    trackers: list[Text] = []
    added_at: Moment
    files: list[TorrentFile] = []
    metainfo: str | None = None


PARTS: dict[str, type[Part]] = {"torrents": Torrent, "movies": Movie, "shows": Show}


def describe(place: str, error: ValidationError) -> str:
    """What is wrong first with a part that stands at `place`."""
    mistake = error.errors()[0]
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in mistake["loc"])
    return f"{place}{''.join(steps)}: {mistake['msg'].removeprefix('Value error, ')}."
