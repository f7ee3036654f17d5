"""The certificate that the server shows, read again when it is renewed, and clients that know it."""

from __future__ import annotations

import logging
import ssl
from contextlib import suppress
from pathlib import Path

from momoshtrem.errors import StartFailed

log = logging.getLogger(__name__)

ROUND_TRIPS = 3
"""More than a handshake takes."""


class Certificate:
    """A certificate, with the chain up to its authority, and its key, as PEM files.

    Args:
        certificate: its file.
        key: the file of its key; empty if that is in the same file.

    Raises StartFailed for files that cannot be served.
    """

    def __init__(self, certificate: str, key: str) -> None:
        self._certificate = Path(certificate).expanduser()
        self._key = Path(key).expanduser() if key else self._certificate
        self._state = self._look()
        self._current = self.context = self._load()
        self.context.sni_callback = self._show_current
        self._warn_if_bad()

    def renew(self) -> None:
        """Serve new connections with what the files hold now; if that is not usable, with what they held."""
        state = self._look()
        if state == self._state:
            return
        self._state = state
        try:
            self._current = self._load()
            log.info("The certificate in %s was read anew.", self._certificate)
            self._warn_if_bad()
        except (StartFailed, OSError) as error:
            log.warning("%s The certificate read before stays in use.", error)

    def _show_current(self, connection: ssl.SSLObject | ssl.SSLSocket, *_: object) -> None:
        """Called in each handshake: OpenSSL may crash when a context changes while it is used for one."""
        connection.context = self._current

    def _look(self) -> list[tuple[int, int] | None]:
        return [find_state(path) for path in (self._certificate, self._key)]

    def _load(self) -> ssl.SSLContext:
        for key, path in (("tls.certificate", self._certificate), ("tls.key", self._key)):
            try:
                path.read_bytes()
            except OSError as error:
                raise StartFailed(f"{path} of {key} cannot be read: {error.strerror}.") from error
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # Not h2: there is a player that never signs in over it.
        context.set_alpn_protocols(["http/1.1"])
        try:
            # An empty password, or OpenSSL would ask for that of an encrypted key on the terminal.
            context.load_cert_chain(self._certificate, self._key, password="")
        except ssl.SSLError as error:
            raise StartFailed(describe(error, self._certificate, self._key)) from error
        return context

    def _warn_if_bad(self) -> None:
        if problem := find_problem(self._current, trust_only(str(self._certificate))):
            log.warning("Clients may refuse the certificate in %s: %s.", self._certificate, problem)


def find_state(path: Path) -> tuple[int, int] | None:
    """What changes when a file is written, or another one is put in its place."""
    with suppress(OSError):
        found = path.stat()
        return found.st_ino, found.st_mtime_ns
    return None


def describe(error: ssl.SSLError, certificate: Path, key: Path) -> str:
    """Why the files cannot be served, for the user."""
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"{key} of tls.key is not the key of {certificate} of tls.certificate."
    reason = error.reason or "no PEM files with a certificate and an unencrypted key"
    return f"{certificate} and {key} cannot be used: {reason}."


def trust_only(certificate: str) -> ssl.SSLContext:
    """The context of a client that trusts the certificate in this file, whatever name it is for.

    Raises StartFailed when it cannot be read.
    """
    path = Path(certificate).expanduser()
    try:
        context = ssl.create_default_context(cafile=path)
    except OSError as error:
        raise StartFailed(f"{path} of tls.certificate cannot be read: {error.strerror}.") from error
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def find_problem(server: ssl.SSLContext, client: ssl.SSLContext) -> str | None:
    """What a client that trusts the certificate finds wrong with it, for instance that it has expired."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    try:
        for end in ends * ROUND_TRIPS:
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except ssl.SSLError as error:
        return error.reason
    return None
