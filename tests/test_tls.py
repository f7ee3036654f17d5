from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from momoshtrem.errors import StartFailed
from momoshtrem.faces import protocol
from momoshtrem.faces.http import Receive, Scope, Send, respond
from momoshtrem.faces.server import bind, make_server
from momoshtrem.tls import Certificate, trust_only
from tests.fakes.certificates import Files, write_certificate

LIMIT = 30.0
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
BODY = bytes(range(256)) * 8192
LAST_YEAR = datetime(2020, 2, 1)  # noqa: DTZ001

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return write_certificate(tmp_path / "tls")


def read(files: Files) -> Certificate:
    return Certificate(str(files.certificate), str(files.key))


class TestFiles:
    def test_the_key_may_be_in_the_file_of_the_certificate(
        self, files: Files, caplog: pytest.LogCaptureFixture
    ) -> None:
        files.certificate.write_bytes(files.key.read_bytes() + files.certificate.read_bytes())
        Certificate(str(files.certificate), "")
        assert caplog.messages == []

    @pytest.mark.parametrize(("name", "key"), [("certificate", "tls.certificate"), ("key", "tls.key")])
    def test_a_file_that_is_missing_is_named(self, files: Files, name: str, key: str) -> None:
        path: Path = getattr(files, name)
        path.unlink()
        with pytest.raises(StartFailed, match=rf"{path} of {key} cannot be read: No such file"):
            read(files)

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(StartFailed, match="Is a directory"):
            Certificate(str(tmp_path), "")

    def test_a_key_that_does_not_fit_is_said(self, files: Files, tmp_path: Path) -> None:
        other = write_certificate(tmp_path / "other")
        with pytest.raises(StartFailed, match="is not the key of"):
            Certificate(str(files.certificate), str(other.key))

    @pytest.mark.parametrize("text", ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
    def test_what_is_no_certificate_is_said(self, files: Files, text: str) -> None:
        files.certificate.write_text(text)
        with pytest.raises(StartFailed, match="cannot be used"):
            read(files)

    def test_an_encrypted_key_is_refused_and_its_password_not_asked_for(self, files: Files) -> None:
        key = load_pem_private_key(files.key.read_bytes(), None)
        files.key.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
        )
        with pytest.raises(StartFailed, match="cannot be used"):
            read(files)

    def test_one_that_has_expired_is_served_with_a_warning(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        read(write_certificate(tmp_path / "tls", not_after=LAST_YEAR))
        assert "certificate has expired" in caplog.text

    def test_a_client_without_the_file_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(StartFailed, match=r"tls\.certificate cannot be read"):
            trust_only(str(tmp_path / "none.pem"))


class TestRenewal:
    async def test_a_new_connection_gets_the_new_certificate(self, files: Files) -> None:
        certificate = read(files)
        async with serving(certificate) as port, connected(port, files.trust()) as before:
            write_certificate(files.certificate.parent)
            certificate.renew()
            assert BODY in await ask(before)
            async with connected(port, files.trust()) as after:
                assert BODY in await ask(after)

    async def test_a_context_that_may_be_in_use_is_not_changed(self, files: Files) -> None:
        certificate, old = read(files), files.trust()
        write_certificate(files.certificate.parent)
        certificate.renew()
        certificate.context.sni_callback = None
        async with serving(certificate) as port, connected(port, old) as connection:
            assert BODY in await ask(connection)

    def test_files_that_stay_are_not_read_again(self, files: Files, caplog: pytest.LogCaptureFixture) -> None:
        certificate = read(files)
        caplog.set_level(logging.INFO)
        certificate.renew()
        assert caplog.messages == []

    async def test_a_renewal_that_is_half_done_waits_for_its_other_half(
        self, files: Files, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        certificate, old = read(files), files.trust()
        new = write_certificate(tmp_path / "new")
        files.certificate.write_bytes(new.certificate.read_bytes())
        certificate.renew()
        certificate.renew()
        assert len(caplog.messages) == 1
        assert "stays in use" in caplog.text
        async with serving(certificate) as port:
            async with connected(port, old) as connection:
                assert BODY in await ask(connection)
            files.key.write_bytes(new.key.read_bytes())
            certificate.renew()
            async with connected(port, new.trust()) as connection:
                assert BODY in await ask(connection)

    def test_files_that_vanish_change_nothing(self, files: Files, caplog: pytest.LogCaptureFixture) -> None:
        certificate = read(files)
        files.key.unlink()
        certificate.renew()
        assert "stays in use" in caplog.text


class TestServing:
    async def test_whoever_has_the_file_may_trust_it_alone(self, files: Files) -> None:
        trust = trust_only(str(files.certificate))
        async with serving(read(files)) as port, connected(port, trust) as connection:
            assert BODY in await ask(connection)

    async def test_another_certificate_is_not_trusted(self, files: Files, tmp_path: Path) -> None:
        trust = trust_only(str(write_certificate(tmp_path / "other").certificate))
        async with serving(read(files)) as port:
            with pytest.raises(ssl.SSLCertVerificationError):
                await asyncio.open_connection("127.0.0.1", port, ssl=trust)

    async def test_http_2_is_not_offered(self, files: Files) -> None:
        trust = files.trust()
        trust.set_alpn_protocols(["h2", "http/1.1"])
        async with serving(read(files)) as port, connected(port, trust) as (_, writer):
            assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    async def test_old_tls_is_refused(self, files: Files) -> None:
        trust = files.trust()
        trust.set_ciphers("ALL:@SECLEVEL=0")
        trust.minimum_version = trust.maximum_version = ssl.TLSVersion.TLSv1_1
        async with serving(read(files)) as port:
            with pytest.raises((ssl.SSLError, ConnectionResetError)):
                await asyncio.open_connection("127.0.0.1", port, ssl=trust)
            trust.maximum_version = ssl.TLSVersion.TLSv1_2
            async with connected(port, trust) as connection:
                assert BODY in await ask(connection)

    @pytest.mark.parametrize("said", [b"", b"\x16\x03\x01\x02", b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"])
    async def test_a_handshake_that_stops_halfway_blocks_nobody(self, files: Files, said: bytes) -> None:
        async with serving(read(files)) as port, contextlib.AsyncExitStack() as stack:
            for _ in range(20):
                _, writer = await stack.enter_async_context(connected(port, None))
                writer.write(said)
                await writer.drain()
            assert BODY in await ask(await stack.enter_async_context(connected(port, files.trust())))

    async def test_a_client_that_never_asks_is_let_go(
        self, files: Files, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(protocol, "HEAD_LIMIT", 0.01)
        async with serving(read(files)) as port, connected(port, files.trust()) as (reader, _):
            assert await reader.read() == b""


@contextlib.asynccontextmanager
async def serving(certificate: Certificate) -> AsyncIterator[int]:
    """The port of a server that answers everything with BODY."""

    async def face(scope: Scope, _: Receive, send: Send) -> None:
        assert scope["scheme"] == "https"
        await respond(send, 200, (), BODY)

    server = make_server(face, certificate=certificate)
    with bind("127.0.0.1", 0, "api") as listener:
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(LIMIT):
            tasks.create_task(server.serve([listener]))
            try:
                yield listener.getsockname()[1]
            finally:
                server.stop()


@contextlib.asynccontextmanager
async def connected(port: int, trust: ssl.SSLContext | None) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def ask(connection: Connection) -> bytes:
    """The whole answer to one request."""
    reader, writer = connection
    writer.write(REQUEST)
    return await reader.read()
