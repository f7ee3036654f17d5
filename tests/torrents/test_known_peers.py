from __future__ import annotations

from typing import cast

import libtorrent as lt

from momoshtrem.torrents.known_peers import MAX_KNOWN_PEERS, find_peers, newest, save_peers
from tests.fakes.store import MemoryStore


class Gone:
    """A handle of a torrent that has left the session."""

    def get_peer_info(self) -> list[lt.peer_info]:
        raise RuntimeError("invalid torrent handle used")


def test_the_new_ones_are_first_and_none_is_there_twice() -> None:
    assert newest(("b:1", "c:1"), ("a:1", "b:1")) == ("b:1", "c:1", "a:1")


def test_there_is_an_end_to_it() -> None:
    many = tuple(f"10.0.0.{number}:1" for number in range(90))
    assert newest(many, ("a:1",)) == many[:MAX_KNOWN_PEERS]


async def test_a_torrent_that_left_has_no_peers() -> None:
    assert await find_peers(cast(lt.torrent_handle, Gone())) == ()


async def test_peers_of_a_torrent_that_was_removed_are_not_kept() -> None:
    store = MemoryStore()
    await save_peers(store, "a" * 40, ("a:1",))
    assert store.saved == []
