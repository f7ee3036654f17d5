"""The settings of libtorrent: our policy, and what our settings of the network mean for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict, cast

import libtorrent as lt

from momoshtrem import __version__
from momoshtrem.model.network import TRACKER_SCHEMES, Proxy
from momoshtrem.settings import Torrent as TorrentSettings
from momoshtrem.torrents.metainfo import MAX_SIZE
from momoshtrem.torrents.network.interfaces import Binding

ALERTS = (
    lt.alert_category.error
    | lt.alert_category.status
    | lt.alert_category.storage
    | lt.alert_category.tracker
    | lt.alert_category.piece_progress
)

POLICY: dict[str, Any] = {
    "close_redundant_connections": False,
    "initial_picker_threshold": 0,
    "request_queue_time": 1,
    "strict_end_game_mode": False,
    "whole_pieces_threshold": 0,
    "auto_sequential": False,
    "min_reconnect_time": 5,
    "connection_speed": 100,
    "torrent_connect_boost": 60,
    "connections_limit": 200,
    "peer_connect_timeout": 5,
    "utp_connect_timeout": 500,
    "tick_interval": 100,
    "request_timeout": 10,
    "piece_timeout": 5,
    "mixed_mode_algorithm": 0,
    "alert_queue_size": 50_000,
    "active_limit": -1,
    "active_downloads": -1,
    "active_seeds": -1,
    "stop_tracker_timeout": 1,
    "apply_ip_filter_to_trackers": False,
    "announce_to_all_tiers": True,
    "announce_to_all_trackers": True,
    "max_metadata_size": 2 * MAX_SIZE,
    "allowed_fast_set_size": 0,
    "webtorrent_stun_server": "",
}
"""Measured for streaming; docs/engine.md gives the reasons of those that are not plain."""


ENCRYPTION = {
    "allowed": (lt.enc_policy.enabled, lt.enc_level.both),
    "required": (lt.enc_policy.forced, lt.enc_level.rc4),
    "off": (lt.enc_policy.disabled, lt.enc_level.both),
}
PROXIES = {
    "socks5": (lt.proxy_type_t.socks5, lt.proxy_type_t.socks5_pw),
    "socks5h": (lt.proxy_type_t.socks5, lt.proxy_type_t.socks5_pw),
    "http": (lt.proxy_type_t.http, lt.proxy_type_t.http_pw),
}
"""The types without and with a user name."""


class Places(TypedDict):
    """The settings of libtorrent that follow from a binding."""

    listen_interfaces: str
    outgoing_interfaces: str
    enable_dht: bool


def make_session(settings: TorrentSettings, binding: Binding) -> lt.session:
    """A session with our policy."""
    pack = POLICY | make_pack(settings) | find_places(binding, settings)
    pack["user_agent"] = f"momoshtrem/{__version__} libtorrent/{lt.__version__}"
    pack["allow_multiple_connections_per_ip"] = settings.interface.startswith("127.")
    pack["alert_mask"] = ALERTS
    params = lt.session_params(cast("lt.settings_pack", pack))
    params.disk_io_constructor = f"{settings.disk_backend}_disk_io_constructor"
    session = lt.session(params)
    session.set_peer_class_filter(treat_all_alike())
    return session


def treat_all_alike() -> lt.ip_filter:
    """The classes of peers: by default those of the local network would know no limits."""
    classes = lt.ip_filter()
    for first, last in ("0.0.0.0", "255.255.255.255"), ("::", "ffff" + 7 * ":ffff"):  # noqa: S104
        classes.add_rule(first, last, 1 << lt.session.global_peer_class_id)
    return classes


def make_pack(settings: TorrentSettings) -> dict[str, Any]:
    """The settings of libtorrent that hold as long as the session."""
    policy, level = ENCRYPTION[settings.encryption]
    proxy = settings.parse_proxy()
    return {
        "out_enc_policy": int(policy),
        "in_enc_policy": int(policy),
        "allowed_enc_level": int(level),
        "enable_lsd": settings.lsd and proxy is None,
        "enable_upnp": settings.port_forwarding and proxy is None,
        "enable_natpmp": settings.port_forwarding and proxy is None,
        "enable_outgoing_utp": has_utp(settings),
        "enable_incoming_utp": has_utp(settings),
        **(_go_through(proxy) if proxy else {}),
    }


def _go_through(proxy: Proxy) -> dict[str, Any]:
    """Connections of every kind go through it, and names too.

    The names of the first nodes of DHT would not, so those are learned from peers.
    """
    return {
        "proxy_type": int(PROXIES[proxy.scheme][bool(proxy.username)]),
        "proxy_hostname": proxy.host,
        "proxy_port": proxy.port,
        "proxy_username": proxy.username,
        "proxy_password": proxy.password,
        "proxy_hostnames": True,
        "proxy_peer_connections": True,
        "proxy_tracker_connections": True,
        "dht_bootstrap_nodes": "",
    }


def find_places(binding: Binding, settings: TorrentSettings) -> Places:
    """Without a place there is no DHT either: the names of its first nodes would be looked up."""
    port = settings.listen_port
    listen = (f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}" for ip in binding.listen)
    return {
        "listen_interfaces": ",".join(listen),
        "outgoing_interfaces": ",".join(binding.outgoing),
        "enable_dht": has_dht(settings) and not binding.problem,
    }


def has_utp(settings: TorrentSettings) -> bool:
    """Few proxies carry it."""
    return settings.parse_proxy() is None


def has_dht(settings: TorrentSettings) -> bool:
    return settings.dht and not _has_http_proxy(settings)


def _has_http_proxy(settings: TorrentSettings) -> bool:
    proxy = settings.parse_proxy()
    return proxy is not None and not proxy.carries_datagrams


def admit(params: lt.add_torrent_params, settings: TorrentSettings) -> None:
    """Tell a torrent that enters the session whom it may ask for peers.

    A private torrent asks its own trackers only (BEP 27); whether a magnet is one is not known before its
    metadata is here. Of web seeds (BEP 19) the names would be looked up beside an HTTP proxy.
    """
    flags, private = lt.torrent_flags, params.ti is not None and params.ti.priv()
    if private:
        params.flags |= flags.disable_dht | flags.disable_lsd
    if private or not settings.pex:
        params.flags |= flags.disable_pex
    params.trackers = list(find_trackers(params.trackers, settings, with_ours=not private))
    if _has_http_proxy(settings):
        params.url_seeds = []


def find_trackers(
    known: Iterable[str], settings: TorrentSettings, *, with_ours: bool = True
) -> tuple[str, ...]:
    """Those that are asked.

    Of UDP trackers even the names would be looked up beside an HTTP proxy. Those of WebTorrent (`wss`) lead
    to peers over WebRTC, which libtorrent reaches by any interface, and beside every proxy.
    """
    schemes = TRACKER_SCHEMES - ({"udp"} if _has_http_proxy(settings) else set())
    urls = dict.fromkeys([*known, *settings.trackers] if with_ours else known)
    return tuple(url for url in urls if url.lstrip().partition(":")[0].lower() in schemes)
