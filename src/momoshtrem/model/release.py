"""What a release name says about a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Quality:
    """How a file was made, as far as its name tells; None where it does not."""

    resolution: str | None = None
    source: str | None = None
    codec: str | None = None
    hdr: str | None = None
    group: str | None = None

    @property
    def height(self) -> int:
        """The lines of the picture, 0 where they are unknown."""
        digits = (self.resolution or "").rstrip("ip")
        return int(digits) if digits.isdecimal() else 0

    def filled_from(self, other: Quality) -> Quality:
        """This quality, with what it does not tell taken from `other`."""
        return Quality(
            resolution=self.resolution or other.resolution,
            source=self.source or other.source,
            codec=self.codec or other.codec,
            hdr=self.hdr or other.hdr,
            group=self.group or other.group,
        )


@dataclass(frozen=True, slots=True)
class Release:
    """A parsed release name. Lists are sorted and without doubles; `year` has four digits.

    Episodes without a season are counted by the folder, by the torrent's name, or through all
    seasons; `air_date` stands in names of daily shows.
    """

    title: str
    year: int | None = None
    seasons: tuple[int, ...] = ()
    episodes: tuple[int, ...] = ()
    air_date: date | None = None
    quality: Quality = Quality()
