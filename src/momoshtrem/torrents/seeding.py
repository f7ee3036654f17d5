"""A seeder: one torrent out of one folder, in a process of its own.

    python -m momoshtrem.torrents.seeding TORRENT FOLDER [--host 127.0.0.1] [--rate BYTES] [--buffer BYTES]

For the demo, the tests and the benches, which need a peer that is not the engine itself. It takes
connections over TCP, makes none, and is found by nobody who was not told its address. Once it seeds
it prints one line, `{"port": N}`; it ends on SIGTERM and with its parent.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import libtorrent as lt

from momoshtrem.errors import InvalidInput, MomoshtremError, StartFailed, StorageFailed

START_LIMIT = 20.0
LOOPBACK = "127.0.0.1"
BUFFER = 64 * 2**10


def make_torrent(root: Path, piece_length: int, trackers: Sequence[str] = ()) -> bytes:
    """A v1 .torrent (BEP 3) of a file or a folder: the same bytes give the same torrent.

    Raises InvalidInput when there is nothing to share or the piece length is refused.
    """
    try:
        entries = sorted(lt.list_files(str(root)), key=lambda entry: entry.filename)
        torrent = lt.create_torrent(entries, piece_length, lt.create_torrent.v1_only)
        lt.set_piece_hashes(torrent, str(root.parent))
    except RuntimeError as error:
        raise InvalidInput(f"No torrent can be made of {root}: {error}.") from error
    for tier, tracker in enumerate(trackers):
        torrent.add_tracker(tracker, tier)
    torrent.set_creation_date(0)
    return lt.bencode(torrent.generate())


class Seeder:
    """Seeds in a process of its own for as long as the context is entered.

    Args:
        torrent: the .torrent file.
        folder: where the files of the torrent lie; their bytes are trusted, not hashed.
        rate: bytes per second at most; 0 means no limit.
        buffer: bytes that may wait in the socket of a connection, where nothing can be cancelled.
    """

    def __init__(
        self, torrent: Path, folder: Path, *, host: str = LOOPBACK, rate: int = 0, buffer: int = BUFFER
    ) -> None:
        self.host = host
        self.port = 0
        self._command = [sys.executable, "-m", __spec__.name, str(torrent), str(folder)]
        self._command += ["--host", host, "--rate", str(rate), "--buffer", str(buffer)]

    @property
    def address(self) -> str:
        """`host:port`, as magnets and the REST API take it."""
        return f"{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        """Raises StartFailed when the process does not seed."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        try:
            line = await self._process.stdout.readline()
        except asyncio.CancelledError:
            await self._end()
            raise
        if not line:
            _, said = await self._process.communicate()
            raise StartFailed(said.decode().strip() or "The seeder ended without a word.")
        self.port = json.loads(line)["port"]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._end()

    async def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.communicate()


def _settings(host: str, buffer: int) -> lt.settings_pack:
    """Incoming TCP only; little in flight, so that a cancelled request is not sent after all."""
    return {
        "listen_interfaces": f"{host}:0",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        "enable_outgoing_tcp": False,
        "enable_outgoing_utp": False,
        "enable_incoming_utp": False,
        "allow_multiple_connections_per_ip": True,
        "close_redundant_connections": False,
        "unchoke_slots_limit": -1,
        "send_socket_buffer_size": buffer,
        "send_buffer_watermark": 65536,
        "max_allowed_in_request_queue": 2000,
        "tick_interval": 100,
        "alert_mask": 0,
    }


def _params(torrent: Path, folder: Path, rate: int) -> lt.add_torrent_params:
    try:
        params = lt.load_torrent_buffer(torrent.read_bytes())
    except OSError as error:
        raise StorageFailed(f"The torrent {torrent} cannot be read: {error.strerror}.") from error
    except RuntimeError as error:
        raise InvalidInput(f"{torrent} is not a torrent: {error}.") from error
    assert params.ti is not None
    params.trackers = []
    params.url_seeds = []
    params.save_path = str(folder)
    params.have_pieces = [True] * params.ti.num_pieces()
    params.upload_limit = rate or -1
    flags = lt.torrent_flags
    params.flags &= ~(flags.paused | flags.auto_managed)
    params.flags |= flags.disable_pex | flags.disable_dht | flags.disable_lsd
    return params


def _start(session: lt.session, params: lt.add_torrent_params) -> int:
    """Add the torrent and wait until it is seeded; gives the port."""
    handle = session.add_torrent(params)
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        status = handle.status()
        if status.is_seeding and session.listen_port():
            return session.listen_port()
        if status.state == lt.torrent_status.states.downloading:
            raise StartFailed(f"The files of the torrent are not all in {params.save_path}.")
        time.sleep(0.01)
    raise StartFailed(f"The seeder could not start: {handle.status().errc.message()}.")


def seed(torrent: Path, folder: Path, host: str, rate: int, buffer: int) -> None:
    """Seed until the parent of this process is gone; there is nothing to save at the end."""
    parent = os.getppid()
    session = lt.session(_settings(host, buffer))
    port = _start(session, _params(torrent, folder, rate))
    sys.stdout.write(json.dumps({"port": port}) + "\n")
    sys.stdout.flush()
    while os.getppid() == parent:
        time.sleep(0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description="seed one torrent until the parent ends")
    parser.add_argument("torrent", type=Path)
    parser.add_argument("folder", type=Path, help="where the files of the torrent lie")
    parser.add_argument("--host", default=LOOPBACK, help="address to listen on (%(default)s)")
    parser.add_argument("--rate", type=int, default=0, help="bytes per second; 0: no limit")
    parser.add_argument("--buffer", type=int, default=BUFFER, help="bytes that may wait in a socket")
    options = parser.parse_args()
    try:
        seed(options.torrent, options.folder, options.host, options.rate, options.buffer)
    except MomoshtremError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
