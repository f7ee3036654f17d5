"""All services, as the faces get them."""

from __future__ import annotations

from dataclasses import dataclass

from momoshtrem.services.acquire import Acquire
from momoshtrem.services.assignments import Assignments
from momoshtrem.services.calendar import Calendar
from momoshtrem.services.catalog import Catalog
from momoshtrem.services.discover import Discover
from momoshtrem.services.explain import Explain
from momoshtrem.services.health import Health
from momoshtrem.services.jobs import Jobs
from momoshtrem.services.live import Live
from momoshtrem.services.streams import Streams
from momoshtrem.services.torrents import Torrents


@dataclass(frozen=True, slots=True)
class Services:
    catalog: Catalog
    acquire: Acquire
    torrents: Torrents
    jobs: Jobs
    health: Health
    streams: Streams
    calendar: Calendar
    discover: Discover
    live: Live
    explain: Explain
    assignments: Assignments
