"""The libtorrent session: its settings, adding and removing torrents, and the routing of its alerts."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, cast

import libtorrent as lt

from momoshtrem import __version__
from momoshtrem.settings import Torrent as TorrentSettings
from momoshtrem.torrents.alerts import AlertPump
from momoshtrem.torrents.metainfo import MAX_SIZE, key_of, keys_of

log = logging.getLogger(__name__)

Alert = Any  # the binding's alert classes share no typed attributes

CONNECT_TCP_FIRST, RECONNECT_SOON = 1.0, 15.0
"""Seconds after an add for which uTP waits, and for which a peer is tried again quickly."""
REMOVAL_LIMIT = 2.0
"""Seconds."""
BLOCKED = 1
"""The flag of an address in a filter."""
MISMATCHING_INFO_HASH = 30
"""The error of metadata that is not the torrent's: its sender lies, another may not."""

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
}
"""Measured for streaming; docs/engine.md gives the reasons of those that are not plain."""


def make_session(settings: TorrentSettings) -> lt.session:
    """A session with our policy, on the posix disk backend: a piece is in its file when its alert comes."""
    host = settings.interface or "0.0.0.0"  # noqa: S104 - peers come from anywhere
    listen = f"{host}:{settings.listen_port}" + (
        "" if settings.interface else f",[::]:{settings.listen_port}"
    )
    pack = POLICY | {
        "user_agent": f"momoshtrem/{__version__} libtorrent/{lt.__version__}",
        "listen_interfaces": listen,
        "outgoing_interfaces": settings.interface,
        "enable_dht": settings.dht,
        "enable_lsd": settings.lsd,
        "enable_upnp": settings.port_forwarding,
        "enable_natpmp": settings.port_forwarding,
        "allow_multiple_connections_per_ip": host.startswith("127."),
        "alert_mask": ALERTS,
    }
    params = lt.session_params(cast("lt.settings_pack", pack))
    params.disk_io_constructor = "posix_disk_io_constructor"
    return lt.session(params)


class SessionListener:
    """What the owner of a session is told; every call names the torrent by its info-hash."""

    def piece_finished(self, info_hash: str, piece: int) -> None: ...

    def block_finished(self, info_hash: str, piece: int, block: int) -> None:
        """It is in the file, unchecked; told only while `report_blocks` is on."""

    def piece_failed(self, info_hash: str, piece: int) -> None:
        """Its bytes did not pass the hash."""

    def metadata_received(self, info_hash: str, ti: lt.torrent_info) -> None: ...

    def metadata_failed(self, info_hash: str, reason: str) -> None: ...

    def tracker_told(self, info_hash: str, url: str, reason: str) -> None:
        """`reason` says why the tracker refused or could not be asked; "" when it answered."""

    def torrent_failed(self, info_hash: str, reason: str) -> None: ...

    def status_updated(self, info_hash: str, status: lt.torrent_status) -> None: ...

    def alerts_dropped(self) -> None: ...


class Session:
    """A running libtorrent session. The event loop is its only caller."""

    def __init__(self, settings: TorrentSettings, *listeners: SessionListener) -> None:
        self._session = make_session(settings)
        self._listeners = listeners
        self._pump = AlertPump(self._session, self._dispatch)
        self._removals: dict[str, list[asyncio.Future[None]]] = defaultdict(list)
        self._hurries: list[asyncio.TimerHandle] = []
        self._refused: frozenset[str] = frozenset()
        self.listen_port: int | None = None
        self.listen_problem: str | None = None
        self._blocks_reported = False
        self._receivers: dict[type, Callable[[Alert], None]] = {
            lt.piece_finished_alert: self._on_piece_finished,
            lt.block_finished_alert: self._on_block_finished,
            lt.state_update_alert: self._on_state_update,
            lt.metadata_received_alert: lambda alert: self._tell_metadata(alert.handle.torrent_file()),
            lt.metadata_failed_alert: self._on_metadata_failed,
            lt.torrent_conflict_alert: lambda alert: self._tell_metadata(alert.metadata),
            lt.tracker_reply_alert: lambda alert: self._tell_tracker(alert, ""),
            lt.tracker_error_alert: self._on_tracker_error,
            lt.torrent_removed_alert: self._on_removed,
            lt.file_error_alert: self._on_failure,
            lt.torrent_error_alert: self._on_failure,
            lt.alerts_dropped_alert: self._on_dropped,
            lt.listen_succeeded_alert: self._on_listening,
            lt.listen_failed_alert: self._on_listen_failed,
            lt.hash_failed_alert: self._on_piece_failed,
        }

    def start(self) -> None:
        self._pump.start()

    def tick(self) -> None:
        """Once a second: take forgotten alerts, ask for new statuses."""
        self._pump.pump()
        self._session.post_torrent_updates()

    async def add(self, params: lt.add_torrent_params) -> lt.torrent_handle:
        """Add a torrent that starts at once."""
        flags = lt.torrent_flags
        params.flags &= ~(flags.paused | flags.auto_managed)
        self.hurry()
        return await asyncio.to_thread(self._session.add_torrent, params)

    async def remove(self, info_hash: str, handle: lt.torrent_handle) -> None:
        """Remove a torrent and wait, within a limit, until its files are closed."""
        removed = asyncio.get_running_loop().create_future()
        self._removals[info_hash].append(removed)
        with contextlib.suppress(RuntimeError, TimeoutError):
            self._session.remove_torrent(handle)
            async with asyncio.timeout(REMOVAL_LIMIT):
                await removed
        self._removals.pop(info_hash, None)

    def refuse(self, hosts: frozenset[str]) -> None:
        """Have no connection with these hosts, and with all others as before."""
        if hosts != self._refused:
            self._refused = hosts
            self._session.set_ip_filter(make_filter(hosts))

    def report_blocks(self, on: bool) -> None:
        """Whether listeners are told of blocks: the two alerts for each cost as much as its download."""
        if on != self._blocks_reported:
            self._blocks_reported = on
            self._set(alert_mask=ALERTS | lt.alert_category.block_progress if on else ALERTS)

    async def close(self) -> None:
        """Drop the session; every torrent should have been removed before."""
        for hurry in self._hurries:
            hurry.cancel()
        for removals in self._removals.values():
            _end(removals)
        self._pump.stop()
        del self._session  # blocks until trackers are told, a second at most
        self._pump.close()

    def hurry(self) -> None:
        """Connect fast for a while: TCP before uTP, whose time-out is long, and quick second tries."""
        loop = asyncio.get_running_loop()
        for hurry in self._hurries:
            hurry.cancel()
        self._set(enable_outgoing_utp=False, min_reconnect_time=1)
        self._hurries = [
            loop.call_later(CONNECT_TCP_FIRST, lambda: self._set(enable_outgoing_utp=True)),
            loop.call_later(
                RECONNECT_SOON, lambda: self._set(min_reconnect_time=POLICY["min_reconnect_time"])
            ),
        ]

    def _set(self, **settings: Any) -> None:
        self._session.apply_settings(cast("lt.settings_pack", settings))

    def _dispatch(self, alert: Alert) -> None:
        if receive := self._receivers.get(type(alert)):
            receive(alert)

    def _on_piece_finished(self, alert: Alert) -> None:
        for listener in self._listeners:
            listener.piece_finished(_key(alert), alert.piece_index)

    def _on_block_finished(self, alert: Alert) -> None:
        for listener in self._listeners:
            listener.block_finished(_key(alert), alert.piece_index, alert.block_index)

    def _on_piece_failed(self, alert: Alert) -> None:
        log.info("wrong bytes for a piece of %s", _key(alert))
        for listener in self._listeners:
            listener.piece_failed(_key(alert), alert.piece_index)

    def _on_state_update(self, alert: Alert) -> None:
        for listener in self._listeners:
            for status in alert.status:
                listener.status_updated(key_of(status.info_hashes), status)

    def _tell_metadata(self, ti: lt.torrent_info | None) -> None:
        """Under both hashes of a hybrid: a torrent added by each of them is told once, as a conflict."""
        if ti is None:
            return
        for info_hash in keys_of(ti.info_hashes()):
            for listener in self._listeners:
                listener.metadata_received(info_hash, ti)

    def _on_metadata_failed(self, alert: Alert) -> None:
        if alert.error.value() != MISMATCHING_INFO_HASH:
            for listener in self._listeners:
                listener.metadata_failed(_key(alert), alert.error.message())

    def _on_tracker_error(self, alert: Alert) -> None:
        try:
            said = alert.failure_reason()
        except UnicodeDecodeError:
            said = "it refuses in no readable words"
        self._tell_tracker(alert, said or alert.error.message())

    def _tell_tracker(self, alert: Alert, reason: str) -> None:
        for listener in self._listeners:
            listener.tracker_told(_key(alert), alert.url, reason)

    def _on_dropped(self, _alert: Alert) -> None:
        for listener in self._listeners:
            listener.alerts_dropped()

    def _on_listening(self, alert: Alert) -> None:
        if alert.socket_type == lt.socket_type_t.tcp:
            self.listen_port = alert.port

    def _on_listen_failed(self, alert: Alert) -> None:
        log.warning("cannot listen for peers: %s", alert.message())
        self.listen_problem = alert.error.message()

    def _on_removed(self, alert: Alert) -> None:
        for info_hash in keys_of(alert.info_hashes):
            _end(self._removals.get(info_hash, ()))

    def _on_failure(self, alert: Alert) -> None:
        for listener in self._listeners:
            listener.torrent_failed(_key(alert), alert.error.message())


def make_filter(hosts: Iterable[str]) -> lt.ip_filter:
    """A filter that blocks single addresses of either version."""
    blocked = lt.ip_filter()
    for host in hosts:
        blocked.add_rule(host, host, BLOCKED)
    return blocked


def _end(waits: Iterable[asyncio.Future[None]]) -> None:
    for future in waits:
        if not future.done():
            future.set_result(None)


def _key(alert: Alert) -> str:
    """An empty one, which no torrent has, when the torrent has left meanwhile."""
    return next(iter(keys_of(alert.handle.info_hashes())), "")
