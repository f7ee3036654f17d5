from __future__ import annotations

import os
from pathlib import Path

import httpx2
import pytest

from momoshtrem import spawn
from momoshtrem.errors import StartFailed
from momoshtrem.spawn import LOOPBACK, SpawnedServer, find_free_ports


def test_free_ports_differ_and_can_be_taken() -> None:
    ports = find_free_ports(5)
    assert len(set(ports)) == 5
    assert all(0 < port < 2**16 for port in ports)


async def test_a_server_answers_until_it_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the variables of the user's own server would lead it astray."""
    monkeypatch.setenv("MOMOSHTREM_DATABASE__URL", "nonsense")
    monkeypatch.setenv("MOMOSHTREM_AUTH__USERNAME", "somebody")
    monkeypatch.setenv("momoshtrem_api__port", "nonsense")
    monkeypatch.setenv("HTTP_PROXY", f"http://{LOOPBACK}:9")
    async with (
        SpawnedServer(tmp_path / "data") as server,
        httpx2.AsyncClient(auth=server.auth, trust_env=False) as client,
    ):
        assert server.api_url.startswith(f"http://{LOOPBACK}:")
        assert (await client.get(f"{server.api_url}/api/status")).status_code == 200
        assert (await client.request("OPTIONS", server.webdav_url)).status_code == 200
    assert not is_alive(server.pid)


async def test_what_it_said_when_it_could_not_start_is_told(tmp_path: Path) -> None:
    server = SpawnedServer(tmp_path / "data", {"MOMOSHTREM_CACHE__MAX_SIZE": "a lot"})
    with pytest.raises(StartFailed, match=r"cache\.max_size"):
        await server.start()
    assert not is_alive(server.pid)


async def test_one_that_does_not_answer_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spawn, "START_LIMIT", 0.01)
    server = SpawnedServer(tmp_path / "data")
    with pytest.raises(StartFailed, match="did not answer within"):
        await server.start()
    assert not is_alive(server.pid)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
