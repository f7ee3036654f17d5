"""`/metrics`, as Prometheus and OpenMetrics want it: which of them, the request says."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from momoshtrem.faces.metrics.families import list_families
from momoshtrem.faces.traffic import Traffic
from momoshtrem.services.metrics import Metrics, Snapshot

PATH = "/metrics"


class Scrape(Collector):
    """The families of one answer, in the form that the encoders take."""

    def __init__(self, snapshot: Snapshot, traffic: Traffic) -> None:
        self._snapshot = snapshot
        self._traffic = traffic

    def collect(self) -> Iterator[Metric]:
        yield from list_families(self._snapshot, self._traffic)
        yield from ProcessCollector(registry=None).collect()


def make_metrics_route(metrics: Metrics, traffic: Traffic) -> Route:
    """To be served with the REST API, behind its door; it is no part of it, nor of its OpenAPI document."""

    async def scrape(request: Request) -> Response:
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        body = encode(Scrape(await metrics.take(), traffic))
        return Response(body, headers={"content-type": media_type})

    return Route(PATH, scrape)
