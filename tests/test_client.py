from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from momoshtrem.client import MAX_TORRENT, Client, ClientError, Kind
from momoshtrem.faces.api.app import make_api
from momoshtrem.faces.door import BasicAuth
from momoshtrem.folder import Credentials
from momoshtrem.services.acquire import Source
from momoshtrem.services.matching import Options, Target
from tests.fakes.services import HASH, JOB, FakeServices, make_fakes
from tests.fakes.transport import DirectTransport

URL = "http://server"
MAGNET = f"magnet:?xt=urn:btih:{HASH}"


@pytest.fixture
def services() -> FakeServices:
    return make_fakes()


@pytest.fixture
def transport(services: FakeServices) -> DirectTransport:
    return DirectTransport(BasicAuth(make_api(services.bundle()), Credentials("user", "secret", "token")))


@pytest.fixture
def client(transport: DirectTransport) -> Iterator[Client]:
    with Client(URL, "token", transport=transport) as made:
        yield made


def answering(response: httpx2.Response) -> Client:
    return Client(URL, transport=httpx2.MockTransport(lambda _: response))


def failing(error: type[httpx2.TransportError]) -> Client:
    def fail(request: httpx2.Request) -> httpx2.Response:
        raise error("no", request=request)

    return Client(URL, transport=httpx2.MockTransport(fail))


def test_movies(client: Client) -> None:
    movie = client.add_movie("Heat", 1995)
    assert (movie["title"], movie["year"]) == ("Heat", 1995)
    assert client.list_movies("Hea", limit=1)["items"] == [movie]
    assert client.get_movie(1)["assignments"] == []
    client.remove_movie(1)
    assert client.list_movies()["total"] == 0


def test_shows(client: Client) -> None:
    show = client.add_show("Fargo", 2014, [{"number": 1, "episodes": [{"number": 1}]}])
    assert client.list_shows("Far")["total"] == 1
    assert client.get_show(show["id"])["seasons"][0]["number"] == 1
    with pytest.raises(ClientError, match="by hand") as caught:
        client.refresh_show(show["id"])
    assert caught.value.code == "conflict"
    client.remove_show(show["id"])
    assert client.list_shows()["total"] == 0


def test_pins(client: Client, services: FakeServices) -> None:
    kinds: tuple[Kind, ...] = ("movie", "show", "episode")
    for kind in kinds:
        client.pin(kind, 1)
        assert services.pins.pinned == {(kind, 1)}
        client.unpin(kind, 1)
        assert not services.pins.pinned
    client.add_movie("Heat")
    client.add_show("Fargo")
    for list_page in (client.list_movies, client.list_shows):
        assert [list_page(pinned=pinned)["total"] for pinned in (True, False, None)] == [0, 1, 1]


def test_a_magnet_is_assigned(client: Client, services: FakeServices) -> None:
    report = client.assign("movie", 3, MAGNET, {"file_index": 0, "version": None}, wait=2)
    assert report["info_hash"] == HASH
    assert services.acquire.asked == [(Target("movie", 3), Source(MAGNET), Options(file_index=0), 2.0)]


def test_a_file_is_assigned(client: Client, services: FakeServices, tmp_path: Path) -> None:
    torrent = tmp_path / "film.torrent"
    torrent.write_bytes(b"d4:infode")
    client.assign("episode", 3, torrent, {"version": "2160p", "dry_run": True})
    assert services.acquire.asked == [
        (Target("episode", 3), Source(blob=b"d4:infode"), Options(None, "2160p", True), 30.0)
    ]


def test_an_assignment_may_go_on(client: Client, services: FakeServices) -> None:
    services.acquire.answer = JOB
    assert client.assign("show", 3, MAGNET)["job"]["id"] == JOB.id


def test_a_file_that_cannot_be_a_torrent_is_not_sent(
    client: Client, services: FakeServices, tmp_path: Path
) -> None:
    film = tmp_path / "film.mkv"
    with film.open("wb") as file:
        file.truncate(MAX_TORRENT + 1)
    with pytest.raises(ClientError, match="too large"):
        client.assign("movie", 1, film)
    with pytest.raises(ClientError, match=r"nothing\.torrent cannot be read: No such file"):
        client.assign("movie", 1, tmp_path / "nothing.torrent")
    assert not services.acquire.asked


def test_files_are_taken_off(client: Client, services: FakeServices) -> None:
    client.unassign("movie", 1)
    client.unassign("episode", 1)
    assert services.acquire.unassigned == [("movie", 1), ("episode", 1)]


def test_torrents(client: Client, services: FakeServices) -> None:
    assert client.list_torrents()["items"][0]["info_hash"] == HASH
    assert client.get_torrent(HASH)["files"]
    client.add_peers(HASH, ["192.0.2.1:1"])
    assert services.torrents.peers == ("192.0.2.1:1",)
    client.remove_torrent(HASH, delete_data=True)
    assert services.torrents.removed == [(HASH, True)]


def test_username_and_password_do_too(transport: DirectTransport) -> None:
    with Client(f"{URL}/", auth=("user", "secret"), transport=transport) as client:
        assert client.get_status()["counts"]["movies"] == 1


def test_an_error_keeps_its_code_and_message(client: Client) -> None:
    with pytest.raises(ClientError) as caught:
        client.get_movie(9)
    assert (caught.value.code, str(caught.value)) == ("not_found", "There is nothing with the id 9.")


def test_wrong_credentials(transport: DirectTransport) -> None:
    with Client(URL, "wrong", transport=transport) as client, pytest.raises(ClientError) as caught:
        client.get_status()
    assert caught.value.code == "unauthorized"


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        Client(f"http://127.0.0.1:{port}") as client,
        pytest.raises(ClientError, match="momoshtrem serve") as caught,
    ):
        client.get_status()
    assert caught.value.code == "unavailable"


def test_a_server_that_is_silent() -> None:
    with failing(httpx2.ReadTimeout) as client, pytest.raises(ClientError, match="too long"):
        client.get_status()


@pytest.mark.parametrize(
    "response",
    [
        httpx2.Response(200, text="<html>"),
        httpx2.Response(404, text="nothing"),
        httpx2.Response(502, json={"error": "gateway"}),
        httpx2.Response(500, json=[]),
    ],
)
def test_something_that_is_no_momoshtrem(response: httpx2.Response) -> None:
    with answering(response) as client, pytest.raises(ClientError, match="check the address") as caught:
        client.get_status()
    assert caught.value.code == "unexpected"


@pytest.mark.parametrize(
    "address", ["", "server", "server:4444", "ftp://server", "http://", "http://server:x"]
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(ClientError, match="no address"):
        Client(address)
