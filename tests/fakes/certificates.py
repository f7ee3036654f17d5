"""Certificates of an authority that exists only in a test."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Files:
    """PEM files: the certificate with its chain, its key, and the authority for clients to trust."""

    certificate: Path
    key: Path
    authority: Path

    def trust(self) -> ssl.SSLContext:
        """A client that trusts the authority, and checks the name."""
        return ssl.create_default_context(cafile=self.authority)


def write_certificate(folder: Path, not_after: datetime | None = None) -> Files:
    """A new certificate for this machine, by a new authority, in files that may be there already."""
    folder.mkdir(exist_ok=True)
    files = Files(folder / "certificate.pem", folder / "key.pem", folder / "authority.pem")
    authority = trustme.CA()
    not_before = datetime(2020, 1, 1) if not_after else None  # noqa: DTZ001 - as trustme takes it
    issued = authority.issue_cert("127.0.0.1", "localhost", not_before=not_before, not_after=not_after)
    files.certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(files.key))
    authority.cert_pem.write_to_path(str(files.authority))
    return files
