"""All services, as the faces get them."""

from __future__ import annotations

from dataclasses import dataclass

from momoshtrem.services.acquire import Acquire
from momoshtrem.services.assignments import Assignments
from momoshtrem.services.calendar import Calendar
from momoshtrem.services.catalog import Catalog
from momoshtrem.services.discover import Discover
from momoshtrem.services.exchange.service import Exchange
from momoshtrem.services.explain import Explain
from momoshtrem.services.health import Health
from momoshtrem.services.jobs import Jobs
from momoshtrem.services.live import Live
from momoshtrem.services.metrics import Metrics
from momoshtrem.services.pins import Pins
from momoshtrem.services.streams import Streams
from momoshtrem.services.torrents import Torrents
from momoshtrem.services.transfer import Transfers


@dataclass(frozen=True, slots=True)
class Services:
    catalog: Catalog
    acquire: Acquire
    torrents: Torrents
    jobs: Jobs
    health: Health
    streams: Streams
    transfers: Transfers
    calendar: Calendar
    discover: Discover
    live: Live
    explain: Explain
    exchange: Exchange
    assignments: Assignments
    metrics: Metrics
    pins: Pins
