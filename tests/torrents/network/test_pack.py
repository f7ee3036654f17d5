from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import libtorrent as lt
import pytest

from momoshtrem import __version__
from momoshtrem.settings import Torrent
from momoshtrem.torrents.metainfo import make_params, parse_metainfo
from momoshtrem.torrents.network.interfaces import Binding, find_binding
from momoshtrem.torrents.network.pack import (
    POLICY,
    admit,
    find_places,
    find_trackers,
    make_pack,
    make_session,
)
from tests.torrents.loopback import LOOPBACK
from tests.torrents.versions import make_version

HERE = Binding(("127.0.0.1",), ("127.0.0.1",))
OURS = "udp://ours.test:1/announce"
OWN = ("http://own.test/announce", "udp://own.test:2/announce")
BESIDE = ("enable_lsd", "enable_upnp", "enable_natpmp", "enable_outgoing_utp", "enable_incoming_utp")
"""What would find a way beside a proxy."""


def make(**values: Any) -> Torrent:
    return Torrent.model_validate(values)


def enter(tmp_path: Path, settings: Torrent, *, private: bool) -> lt.add_torrent_params:
    metainfo = parse_metainfo(make_version(tmp_path / "Film", "v1", private=private))
    params = make_params(metainfo, tmp_path, [], ())
    params.trackers = list(OWN)
    admit(params, settings)
    return params


def test_the_settings_of_a_session() -> None:
    settings: Mapping[str, object] = make_session(LOOPBACK, HERE).get_settings()
    assert {name: settings[name] for name in POLICY} == POLICY
    assert settings["listen_interfaces"] == "127.0.0.1:0"
    assert settings["outgoing_interfaces"] == "127.0.0.1"
    assert settings["user_agent"] == f"momoshtrem/{__version__} libtorrent/{lt.__version__}"
    assert not any(settings[f"enable_{name}"] for name in ("dht", "lsd", "upnp", "natpmp"))


@pytest.mark.parametrize(("ipv6", "listen"), [(True, "0.0.0.0:6881,[::]:6881"), (False, "0.0.0.0:6881")])
def test_without_an_interface_it_is_everywhere(ipv6: bool, listen: str) -> None:
    places = find_places(find_binding((), (), ipv6=ipv6), make())
    assert places == {"listen_interfaces": listen, "outgoing_interfaces": "", "enable_dht": True}


def test_what_is_gone_is_not_listened_on() -> None:
    assert find_places(find_binding(("tun0",), ()), make()) == {
        "listen_interfaces": "",
        "outgoing_interfaces": "tun0",
        "enable_dht": False,
    }


@pytest.mark.parametrize(
    ("encryption", "policy", "level"), [("allowed", 1, 3), ("required", 0, 2), ("off", 2, 3)]
)
def test_encryption(encryption: str, policy: int, level: int) -> None:
    pack = make_pack(make(encryption=encryption))
    assert (pack["out_enc_policy"], pack["in_enc_policy"]) == (policy, policy)
    assert pack["allowed_enc_level"] == level


@pytest.mark.parametrize(
    ("url", "kind", "dht"),
    [
        ("socks5://proxy.test:1080", lt.proxy_type_t.socks5, True),
        ("socks5h://me:word@proxy.test:1080", lt.proxy_type_t.socks5_pw, True),
        ("http://proxy.test:1080", lt.proxy_type_t.http, False),
        ("http://me:word@proxy.test:1080", lt.proxy_type_t.http_pw, False),
    ],
)
def test_a_proxy_leaves_no_way_beside_it(url: str, kind: int, dht: bool) -> None:
    pack = make_pack(make(proxy=url))
    settings: Mapping[str, object] = make_session(make(proxy=url, listen_port=0), HERE).get_settings()
    assert (settings["proxy_type"], settings["proxy_hostname"], settings["proxy_port"]) == (
        int(kind),
        "proxy.test",
        1080,
    )
    assert (settings["proxy_hostnames"], settings["enable_dht"]) == (True, dht)
    assert not any(pack[name] for name in BESIDE)


def test_without_a_proxy_nothing_is_off() -> None:
    assert all(make_pack(make())[name] for name in BESIDE)


def test_our_trackers_are_asked_too() -> None:
    assert find_trackers(OWN, make(trackers=[OURS, OWN[0]])) == (*OWN, OURS)


def test_an_http_proxy_carries_no_datagrams_to_trackers() -> None:
    settings = make(trackers=[OURS], proxy="http://proxy.test:1080")
    assert find_trackers(OWN, settings) == (OWN[0],)


@pytest.mark.parametrize("url", ["wss://webtorrent.test", " WS://webtorrent.test", "other.test/announce"])
def test_no_tracker_of_webtorrent_is_asked(url: str) -> None:
    """WebRTC would leave by any interface."""
    assert find_trackers([url, *OWN], make()) == OWN


@pytest.mark.parametrize(("scheme", "kept"), [("http", []), ("socks5", ["http://seed.test/film"])])
def test_names_of_web_seeds_are_not_looked_up_beside_a_proxy(scheme: str, kept: list[str]) -> None:
    params = lt.parse_magnet_uri(f"magnet:?xt=urn:btih:{40 * 'a'}&ws=http://seed.test/film")
    admit(params, make(proxy=f"{scheme}://proxy.test:1080"))
    assert params.url_seeds == kept


def test_a_torrent_is_told_of_our_trackers(tmp_path: Path) -> None:
    params = enter(tmp_path, make(trackers=[OURS]), private=False)
    assert params.trackers == [*OWN, OURS]
    assert not params.flags & lt.torrent_flags.disable_pex


def test_without_pex_no_torrent_has_it(tmp_path: Path) -> None:
    assert enter(tmp_path, make(pex=False), private=False).flags & lt.torrent_flags.disable_pex


def test_a_private_torrent_asks_its_own_trackers_only(tmp_path: Path) -> None:
    params = enter(tmp_path, make(trackers=[OURS]), private=True)
    flags = lt.torrent_flags
    assert params.trackers == list(OWN)
    for flag in (flags.disable_dht, flags.disable_lsd, flags.disable_pex):
        assert params.flags & flag
