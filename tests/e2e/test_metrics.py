"""What `/metrics` tells of a real server, and that the documents name just that."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from momoshtrem.torrents.seeding import make_torrent
from tests.e2e.conftest import StartServer
from tests.e2e.user import User
from tests.fakes.swarm import Line, make_source, open_swarm

KIB, MIB = 2**10, 2**20
SIZE = 6 * MIB
DOCS = Path(__file__).parents[2] / "docs"

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def scrape(user: User) -> str:
    answer = await user.http.get(f"{user.server.api_url}/metrics")
    assert answer.status_code == 200
    return answer.text


async def read_samples(user: User) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(await scrape(user))
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"momoshtrem_{name}", frozenset(labels.items())]


async def test_a_film_from_the_swarm_and_from_the_disk(tmp_path: Path, start_server: StartServer) -> None:
    source = make_source(tmp_path / "The.Film.2020.mkv", SIZE)
    async with open_swarm(source, lines=[Line(rate=8e6)], piece_length=256 * KIB) as swarm:
        user = await start_server()
        await user.assign(f"movies/{await user.add_movie()}", swarm.magnet)
        await user.read()

        first = await read_samples(user)

        by_source = [value(first, "read_bytes_total", source=source) for source in ("disk", "swarm")]
        assert sum(by_source) == SIZE
        assert by_source[1] > 0
        assert value(first, "read_first_byte_seconds_count", source="swarm") == 1
        assert value(first, "read_first_byte_seconds_count", source="disk") == 0
        assert value(first, "http_sent_bytes_total", face="webdav") == SIZE
        assert value(first, "http_responses_total", face="webdav", method="GET", status="2xx") == 1
        assert value(first, "swarm_received_bytes_total") >= SIZE
        assert value(first, "swarm_pieces_total", outcome="passed") == SIZE / (256 * KIB)
        assert value(first, "torrents_loaded", state="idle") == 1
        assert value(first, "cache_used_bytes") >= SIZE
        assert value(first, "library_items", kind="movie") == 1
        await user.read()

        second = await read_samples(user)

    assert value(second, "read_bytes_total", source="disk") == by_source[0] + SIZE
    assert value(second, "read_bytes_total", source="swarm") == by_source[1]
    assert value(second, "read_first_byte_seconds_count", source="disk") == 1
    assert value(second, "swarm_received_bytes_total") == value(first, "swarm_received_bytes_total")


async def test_titles_and_torrents_add_no_series(tmp_path: Path, start_server: StartServer) -> None:
    user = await start_server()
    await add_film(user, tmp_path, 0)
    await scrape(user)
    before = await read_samples(user)
    for number in range(1, 51):
        await add_film(user, tmp_path, number)
    after = await read_samples(user)
    assert after.keys() == before.keys()
    assert "Film" not in await scrape(user)


async def add_film(user: User, folder: Path, number: int) -> None:
    """A title with a torrent that has no swarm, and a look at it."""
    source = make_source(folder / f"Film.{number}.2020.mkv", 100_000, seed=number)
    movie = await user.add_movie(f"Film {number}")
    assert (await user.assign(f"movies/{movie}", make_torrent(source, 16 * KIB))).status_code == 200
    assert (await user.list(f"/Movies/Film {number} (2020)")).status_code == 207


async def test_the_documents_name_what_is_there(start_server: StartServer) -> None:
    text = await scrape(await start_server())
    names = {match[1] for match in re.finditer(r"^# TYPE (\S+)", text, re.MULTILINE)}
    assert set(documented()) == names
    assert {dashboard_name(name, names) for name in used_by_the_dashboard()} == names


def documented() -> Iterator[str]:
    """The first names of the rows of all tables."""
    for line in (DOCS / "metrics.md").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"\| `(\w+)`", line):
            yield match[1]


def used_by_the_dashboard() -> set[str]:
    dashboard = json.loads((DOCS / "grafana.json").read_text(encoding="utf-8"))
    panels = [
        *dashboard["panels"],
        *(below for row in dashboard["panels"] for below in row.get("panels", ())),
    ]
    queries = [target["expr"] for panel in panels for target in panel.get("targets", ())]
    return {name for query in queries for name in re.findall(r"\b(?:momoshtrem|process)_\w+", query)}


def dashboard_name(name: str, names: set[str]) -> str:
    """A query names the parts of a histogram."""
    whole = re.sub(r"_(bucket|sum|count)$", "", name)
    return whole if whole in names else name
