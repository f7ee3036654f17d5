"""The libtorrent session: its settings, adding and removing torrents, and the routing of its alerts."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, cast

import libtorrent as lt

from momoshtrem.errors import Unavailable
from momoshtrem.settings import Torrent as TorrentSettings
from momoshtrem.settings import Transfer
from momoshtrem.torrents.engine import SwarmTotals
from momoshtrem.torrents.metainfo import key_of, keys_of
from momoshtrem.torrents.network.alerts import AlertPump
from momoshtrem.torrents.network.flushes import Flushes
from momoshtrem.torrents.network.interfaces import Binding, find_binding, list_addresses
from momoshtrem.torrents.network.pack import ALERTS, POLICY, admit, find_places, has_utp, make_session
from momoshtrem.torrents.network.refusals import Refusals

log = logging.getLogger(__name__)

Alert = Any  # the binding's alert classes share no typed attributes

CONNECT_TCP_FIRST, RECONNECT_SOON = 1.0, 15.0
"""Seconds after an add for which uTP waits, and for which a peer is tried again quickly."""
REMOVAL_LIMIT, FLUSH_LIMIT, MEASURE_LIMIT = 10.0, 2.0, 1.0
"""Seconds; a slow disk may take some until all is written."""
UPLOAD_SLOTS = 8
"""Peers that are uploaded to at once."""
MISMATCHING_INFO_HASH = 30
"""The error of metadata that is not the torrent's: its sender lies, another may not."""

COUNTED = {
    "received": "net.recv_payload_bytes",
    "sent": "net.sent_payload_bytes",
    "failed": "net.recv_failed_bytes",
    "redundant": "net.recv_redundant_bytes",
    "pieces_passed": "ses.num_piece_passed",
    "pieces_failed": "ses.num_piece_failed",
}
"""The totals, as libtorrent calls them."""


OF_THE_SYSTEM = ("generic", "system")
"""The categories of errors that have an `errno`."""


class SessionListener:
    """What the owner of a session is told; every call names the torrent by its info-hash."""

    def piece_finished(self, info_hash: str, piece: int) -> None:
        """It passed its hash and is in its file."""

    def block_finished(self, info_hash: str, piece: int, block: int) -> None:
        """It is in the file, unchecked; told only while `report_blocks` is on."""

    def piece_failed(self, info_hash: str, piece: int) -> None:
        """Its bytes did not pass the hash."""

    def metadata_received(self, info_hash: str, ti: lt.torrent_info) -> None: ...

    def metadata_failed(self, info_hash: str, reason: str) -> None: ...

    def tracker_told(self, info_hash: str, url: str, reason: str) -> None:
        """`reason` says why the tracker refused or could not be asked; "" when it answered."""

    def torrent_failed(self, info_hash: str, number: int, reason: str) -> None:
        """Its files cannot be written or read. `number` is an `errno`, or 0."""

    def status_updated(self, info_hash: str, status: lt.torrent_status) -> None: ...

    def alerts_dropped(self) -> None: ...


class Session:
    """A running libtorrent session. The event loop is its only caller."""

    def __init__(self, settings: TorrentSettings, *listeners: SessionListener) -> None:
        self._settings = settings
        self.binding = find_binding(settings.interfaces, list_addresses(), ipv6=settings.ipv6)
        self._session = make_session(settings, self.binding)
        self._held: set[str] = set()
        self.refusals = Refusals(self._session, ipv6=settings.ipv6)
        self._listeners = listeners
        self._pump = AlertPump(self._session, self._dispatch)
        self._removals: dict[str, list[asyncio.Future[None]]] = defaultdict(list)
        self._hurries: list[asyncio.TimerHandle] = []
        self.listen_port: int | None = None
        self.listen_problem: str | None = None
        self._blocks_reported = False
        self._flushes = Flushes(self._tell_finished) if settings.disk_backend == "pread" else None
        self._totals = SwarmTotals()
        self._measured: asyncio.Future[None] | None = None
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
            lt.cache_flushed_alert: self._on_flushed,
            lt.alerts_dropped_alert: self._on_dropped,
            lt.listen_succeeded_alert: self._on_listening,
            lt.listen_failed_alert: self._on_listen_failed,
            lt.hash_failed_alert: self._on_piece_failed,
            lt.session_stats_alert: self._on_stats,
        }

    def start(self) -> None:
        self.bind(self.binding)
        self._pump.start()

    def tick(self) -> None:
        """Once a second: take forgotten alerts, ask for new statuses."""
        self._pump.pump()
        self._session.post_torrent_updates()

    async def add(self, params: lt.add_torrent_params) -> lt.torrent_handle:
        """Add a torrent that starts at once."""
        flags = lt.torrent_flags
        params.flags &= ~(flags.paused | flags.auto_managed)
        admit(params, self._settings)
        self.hurry()
        return await asyncio.to_thread(self._session.add_torrent, params)

    async def remove(self, info_hash: str, handle: lt.torrent_handle) -> None:
        """Remove a torrent and wait until its files are closed; one that is gone is no error.

        Raises Unavailable when libtorrent does not let go of it in time, and may still write.
        """
        removed = asyncio.get_running_loop().create_future()
        self._removals[info_hash].append(removed)
        try:
            self._session.remove_torrent(handle)
            async with asyncio.timeout(REMOVAL_LIMIT):
                await removed
        except RuntimeError:
            pass
        except TimeoutError:
            raise Unavailable(f"libtorrent does not let go of torrent {info_hash}.") from None
        finally:
            self._removals.pop(info_hash, None)
        if self._flushes:
            self._flushes.forget(info_hash)

    async def flush(self, info_hash: str) -> None:
        """Wait, within a limit, until listeners were told of all pieces of a torrent that passed by now."""
        if self._flushes:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_LIMIT):
                    await self._flushes.settle(info_hash)

    async def measure(self) -> SwarmTotals:
        """What went over the wire; as it was known last when libtorrent does not tell in time."""
        if self._measured is None:
            self._measured = asyncio.get_running_loop().create_future()
            self._session.post_session_stats()
        try:
            async with asyncio.timeout(MEASURE_LIMIT):
                await asyncio.shield(self._measured)
        except TimeoutError:
            self._measured = None
        return self._totals

    def regulate(self, transfer: Transfer) -> None:
        """Have these limits, and upload nothing if that is the policy: nobody is unchoked then."""
        self._set(
            download_rate_limit=transfer.max_download,
            upload_rate_limit=transfer.max_upload,
            unchoke_slots_limit=0 if transfer.upload == "none" else UPLOAD_SLOTS,
        )

    async def refuse(self, hosts: frozenset[str]) -> None:
        """Have no connection with these hosts, and with all others as before."""
        await self.refusals.refuse(hosts)

    def bind(self, binding: Binding) -> None:
        """Reach the swarm by these addresses from now on; by none, every torrent stops until there is one."""
        self.binding = binding
        self._set(**find_places(binding, self._settings))
        if binding.problem:
            self.listen_port = None
            self.hold("interface")
        else:
            self.release("interface")
            self.hurry()

    def hold(self, reason: str) -> None:
        """Stop all torrents, those that are added too, until they are released for every reason."""
        self._held.add(reason)
        self._session.pause()

    def release(self, reason: str) -> None:
        self._held.discard(reason)
        if not self._held:
            self._session.resume()

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
            loop.call_later(
                CONNECT_TCP_FIRST, lambda: self._set(enable_outgoing_utp=has_utp(self._settings))
            ),
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
        if info_hash := _key(alert):
            self.pieces_passed(info_hash, alert.handle, [alert.piece_index])

    def pieces_passed(self, info_hash: str, handle: lt.torrent_handle, pieces: Iterable[int]) -> None:
        """These passed their hash; listeners are told once they are in their files."""
        if self._flushes:
            self._flushes.passed(info_hash, handle, pieces)
        else:
            for piece in pieces:
                self._tell_finished(info_hash, piece)

    def _tell_finished(self, info_hash: str, piece: int) -> None:
        for listener in self._listeners:
            listener.piece_finished(info_hash, piece)

    def _on_flushed(self, alert: Alert) -> None:
        if self._flushes:
            self._flushes.answered(_key(alert), alert.handle)

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
            self.listen_port, self.listen_problem = alert.port, None

    def _on_listen_failed(self, alert: Alert) -> None:
        log.warning("cannot listen for peers: %s", alert.message())
        self.listen_problem = alert.error.message()

    def _on_removed(self, alert: Alert) -> None:
        for info_hash in keys_of(alert.info_hashes):
            _end(self._removals.get(info_hash, ()))

    def _on_stats(self, alert: Alert) -> None:
        found = alert.values
        self._totals = SwarmTotals(**{name: found[key] for name, key in COUNTED.items()})
        if self._measured:
            _end([self._measured])
            self._measured = None

    def _on_failure(self, alert: Alert) -> None:
        error, info_hash = alert.error, _key(alert)
        if self._flushes:
            self._flushes.failed(info_hash)
        number = error.value() if error.category().name() in OF_THE_SYSTEM else 0
        for listener in self._listeners:
            listener.torrent_failed(info_hash, number, error.message())


def _end(waits: Iterable[asyncio.Future[None]]) -> None:
    for future in waits:
        if not future.done():
            future.set_result(None)


def _key(alert: Alert) -> str:
    """An empty one, which no torrent has, when the torrent has left meanwhile."""
    return next(iter(keys_of(alert.handle.info_hashes())), "")
