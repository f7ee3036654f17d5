from __future__ import annotations

import asyncio

from tests.e2e.conftest import StartServer


async def test_changes_are_heard_until_the_server_stops(start_server: StartServer) -> None:
    user = await start_server()
    events = f"{user.server.api_url}/api/events"
    async with asyncio.timeout(60), user.http.stream("GET", events) as response:
        lines = response.aiter_lines()
        assert await anext(lines) == ": hello"
        movie_id = await user.add_movie()
        told = [await anext(lines) for _ in range(4)]
        assert told == ["", "event: movie_changed", f'data: {{"movie_id": {movie_id}}}', "id: 1"]
        assert (await user.ask("GET", "/status"))["listeners"] == 1
        async with asyncio.timeout(5):
            assert await user.server.stop() == 0
        assert [line async for line in lines if line] == []
    assert "graceful shutdown exceeded" not in user.server.log.read_text()
