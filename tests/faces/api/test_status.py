from __future__ import annotations

from dataclasses import asdict

import httpx2

from tests.fakes.services import HASH, READER


async def test_everything_that_is_told(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/status")).json() == {
        "ok": True,
        "version": "0.1.0",
        "uptime": 61.4,
        "counts": {
            "movies": 1,
            "shows": 2,
            "episodes": 20,
            "torrents": 3,
            "proposed": 0,
            "jobs_waiting": 1,
            "jobs_failed": 0,
        },
        "disk": {"free": 4_000_000_000, "cache": 1_000_000, "max_size": 2**30},
        "engine": {
            "running": True,
            "listen_port": 6881,
            "listen_problem": None,
            "network": {
                "interface": "tun0",
                "addresses": ["10.8.0.2"],
                "problem": None,
                "proxy": "socks5://10.8.0.1:1080",
                "blocklist": {
                    "ranges": 5,
                    "wrong": 1,
                    "read_at": "2026-01-02T03:04:05Z",
                    "problem": None,
                },
            },
            "states": {"streaming": 1},
            "loaded": [
                {
                    "info_hash": HASH,
                    "state": "streaming",
                    "progress": 0.5,
                    "download_rate": 100,
                    "upload_rate": 10,
                    "peers": 3,
                    "readers": [asdict(READER)],
                    "leaves_in": None,
                }
            ],
        },
        "tmdb": {"configured": False, "problem": None},
        "addresses": {"api": "127.0.0.1:4444"},
        "listeners": 0,
        "problems": [{"level": "warning", "message": "No TMDB key is set."}],
    }
