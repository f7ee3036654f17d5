"""What the body of a request may hold, checked before a service sees it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Strict,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from momoshtrem.faces.api.inputs import EXAMPLE_HASH, INT32, INT64, Plain
from momoshtrem.model.media import NewEpisode, NewMovie, NewSeason, NewShow
from momoshtrem.services.acquire import Source
from momoshtrem.services.matching import Options
from momoshtrem.settings import CLOCK, DAYS, Day, Transfer


def only_text(value: object) -> object:
    """A date is written as text: a number would be taken for the seconds since 1970."""
    if not isinstance(value, str):
        raise ValueError("a date is written like 2008-01-20")  # noqa: TRY004 - pydantic wants this one
    return value


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), Plain]
Version = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), Plain]
MagnetUri = Annotated[str, StringConstraints(min_length=1, max_length=16_384)]
Year = Annotated[int, Field(ge=1870, le=2200)]
TmdbId = Annotated[int, Field(ge=1, le=INT32)]
Number = Annotated[int, Field(ge=0, le=INT32)]
Clock = Annotated[str, Field(pattern=CLOCK)]
ByteRate = Annotated[int, Field(ge=0, le=INT32)]
Target = Annotated[float, Field(gt=0, allow_inf_nan=False)]
TRANSFER: Any = {
    "upload": "targets",
    "seed_ratio": 1.5,
    "max_upload": 2_000_000,
    "schedule": [{"days": ["mon", "fri"], "from": "18:00", "until": "23:30", "max_upload": 200_000}],
}
IsoDate = Annotated[date, Strict(False), BeforeValidator(only_text)]


class Body(BaseModel):
    """A misspelt field or a wrong type is an error, so that nothing is done that was not meant."""

    model_config = ConfigDict(extra="forbid", strict=True)


class MovieByTmdb(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"tmdb_id": 603}]})

    tmdb_id: TmdbId


class MovieByHand(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "The Matrix", "year": 1999}]})

    title: Name
    year: Year | None = None

    def to_movie(self) -> NewMovie:
        return NewMovie(self.title, self.year)


class EpisodeByHand(Body):
    number: Number
    name: Name | None = None
    air_date: IsoDate | None = None


class SeasonByHand(Body):
    """Season 0 holds the specials."""

    number: Number
    episodes: Annotated[list[EpisodeByHand], Field(max_length=5000)] = []

    def to_season(self) -> NewSeason:
        episodes = (NewEpisode(each.number, each.name, each.air_date) for each in self.episodes)
        return NewSeason(self.number, tuple(episodes))


class ShowByTmdb(Body):
    """Without `seasons` the show is added whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tmdb_id": 1396, "seasons": [1, 2]}]})

    tmdb_id: TmdbId
    seasons: Annotated[list[Number], Field(max_length=500)] | None = None


class ShowByHand(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Breaking Bad",
                    "year": 2008,
                    "seasons": [
                        {
                            "number": 1,
                            "episodes": [{"number": 1, "name": "Pilot", "air_date": "2008-01-20"}],
                        }
                    ],
                }
            ]
        }
    )

    title: Name
    year: Year | None = None
    seasons: Annotated[list[SeasonByHand], Field(max_length=500)] = []

    def to_show(self) -> NewShow:
        return NewShow(self.title, self.year, seasons=tuple(each.to_season() for each in self.seasons))


def by_what(body: object) -> str:
    return "by_tmdb" if isinstance(body, Mapping) and "tmdb_id" in body else "by_hand"


AnyMovie = Annotated[
    Annotated[MovieByTmdb, Tag("by_tmdb")] | Annotated[MovieByHand, Tag("by_hand")], Discriminator(by_what)
]
AnyShow = Annotated[
    Annotated[ShowByTmdb, Tag("by_tmdb")] | Annotated[ShowByHand, Tag("by_hand")], Discriminator(by_what)
]


class Peers(Body):
    """Addresses as `host:port` or `[v6]:port`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"peers": ["192.0.2.7:6881"]}]})

    peers: Annotated[
        list[Annotated[str, StringConstraints(max_length=300)]], Field(min_length=1, max_length=200)
    ]


class CorrectFile(Body):
    """The episodes that a file holds, all of one show."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"episode_ids": [12]}]})

    episode_ids: Annotated[list[Annotated[int, Field(ge=1, le=INT64)]], Field(min_length=1, max_length=50)]


class RuleBody(Body):
    """Limits for a part of the week; null is as without the rule. It begins on each of the `days`."""

    days: Annotated[list[Day], Field(min_length=1, max_length=7)] = list(DAYS)
    begin: Clock = Field(alias="from")
    until: Clock
    max_download: ByteRate | None = None
    max_upload: ByteRate | None = None


class TransferBody(Body):
    """Limits are bytes per second, 0 for none."""

    model_config = ConfigDict(json_schema_extra={"examples": [TRANSFER]})

    upload: Literal["none", "while_watching", "targets"] = "while_watching"
    seed_ratio: Target = 1.0
    seed_hours: Target = 24.0
    max_download: ByteRate = 0
    max_upload: ByteRate = 0
    schedule: Annotated[list[RuleBody], Field(max_length=100)] = []

    def to_transfer(self) -> Transfer:
        return Transfer.model_validate(self.model_dump(by_alias=True))


class AssignOptions(Body):
    """`file_index` chooses a file by hand, `version` labels a second version beside the first."""

    file_index: Number | None = None
    version: Version = ""
    dry_run: bool = False

    def to_options(self) -> Options:
        return Options(self.file_index, self.version, self.dry_run)


class AssignMagnet(AssignOptions):
    """As JSON."""

    magnet_uri: MagnetUri

    def to_source(self) -> Source:
        return Source(magnet_uri=self.magnet_uri)


class AssignForm(AssignOptions):
    """As a form with the file field `torrent`; its fields are text."""

    model_config = ConfigDict(strict=False)

    magnet_uri: MagnetUri | None = None
    torrent: bytes | SkipJsonSchema[None] = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.magnet_uri is None) == (self.torrent is None):
            raise ValueError("Give either magnet_uri or the file torrent")
        return self

    def to_source(self) -> Source:
        return Source(self.magnet_uri, self.torrent)


ASSIGN_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": AssignMagnet.model_json_schema(),
                "example": {"magnet_uri": f"magnet:?xt=urn:btih:{EXAMPLE_HASH}"},
            },
            "multipart/form-data": {"schema": AssignForm.model_json_schema()},
        },
    }
}
"""The two ways to name a torrent, as OpenAPI tells them."""
