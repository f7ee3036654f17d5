"""Guessing the password of the real command."""

from __future__ import annotations

import asyncio

import httpx2

from momoshtrem.faces.brake import FREE
from tests.e2e.conftest import StartServer

GUESS = ("momoshtrem", "guess")


async def test_a_guesser_is_slowed_on_both_faces_and_a_player_at_the_same_address_is_not(
    start_server: StartServer,
) -> None:
    user = await start_server()
    root, status = f"{user.server.webdav_url}/", f"{user.server.api_url}/api/status"
    for number in range(FREE):
        refused = await user.http.get((root, status)[number % 2], auth=GUESS)
        assert refused.status_code == 401
    assert "Wrong credentials" not in user.server.log.read_text()

    async with asyncio.TaskGroup() as tasks:
        guesses = [tasks.create_task(user.http.get(url, auth=GUESS)) for url in (root, status)]
        while "Wrong credentials from 127.0.0.1" not in user.server.log.read_text():
            await asyncio.sleep(0.01)
        # Kodi asks twice for everything.
        async with httpx2.AsyncClient(trust_env=False) as unsigned:
            assert (await unsigned.request("PROPFIND", root)).status_code == 401
        assert (await user.list("/")).status_code == 207
        assert (await user.call("GET", "/status")).status_code == 200
    assert [guess.result().status_code for guess in guesses] == [401, 401]
    assert user.server.log.read_text().count("Wrong credentials") == 1
    assert "guess" not in user.server.log.read_text().replace("Wrong credentials", "")


async def test_a_guesser_that_does_not_wait_is_sent_away(start_server: StartServer) -> None:
    user = await start_server()
    port = int(user.server.webdav_url.rpartition(":")[2])
    asked = b"GET / HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer guess\r\n\r\n"

    async def guess() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(asked)
            return await reader.readline()
        finally:
            writer.close()
            await writer.wait_closed()

    statuses = {line.split()[1] for line in await asyncio.gather(*(guess() for _ in range(200)))}

    assert statuses == {b"401", b"429"}
    assert (await user.list("/")).status_code == 207
