"""The network: what settings say of it, which raises ValueError, and how it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from typing import Literal, Self, cast, get_args
from urllib.parse import unquote, urlsplit

Scheme = Literal["socks5", "socks5h", "http"]
TRACKER_SCHEMES = {"http", "https", "udp"}
MAX_CREDENTIAL = 255
"""Bytes (RFC 1929)."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a proxy is and how it is spoken to; without a user name it asks for none."""

    scheme: Scheme
    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        """Without the credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def carries_datagrams(self) -> bool:
        """Whether its kind can (RFC 1928, section 7)."""
        return self.scheme != "http"

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `scheme://user:password@host:port`; no error has the password in it."""
        try:
            parts = urlsplit(url.strip())
            scheme, host, port = parts.scheme, parts.hostname, parts.port
        except ValueError:
            raise ValueError("this is not the URL of a proxy") from None
        if scheme not in get_args(Scheme):
            raise ValueError("a proxy is socks5://host:port, socks5h://host:port or http://host:port")
        if not host or not port or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("a proxy has a host and a port, and nothing behind them")
        name, word = unquote(parts.username or ""), unquote(parts.password or "")
        if max(len(name.encode()), len(word.encode())) > MAX_CREDENTIAL or (word and not name):
            raise ValueError(f"a proxy takes a user name and a password of up to {MAX_CREDENTIAL} bytes")
        return cls(cast("Scheme", scheme), host, port, name, word)


@dataclass(frozen=True, slots=True)
class BlocklistStatus:
    """How many ranges of addresses are blocked since when; `wrong` lines of the file say nothing.

    `problem` is why the file could not be read last.
    """

    ranges: int = 0
    wrong: int = 0
    read_at: datetime | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class NetworkStatus:
    """How the swarm is reached; without an `interface` by all there are.

    `addresses` are those that are listened on. `problem` is a sentence while nothing can be fetched. `proxy`
    has no credentials.
    """

    interface: str = ""
    addresses: tuple[str, ...] = ()
    problem: str | None = None
    proxy: str | None = None
    blocklist: BlocklistStatus | None = None


def check_interface(name: str) -> str:
    """An address in its usual form, or a name that Linux gives to a device."""
    try:
        address = ip_address(name)
    except ValueError:
        if not re.fullmatch(r"(?![\d.]+$)[^\s/:%]{1,15}", name):
            raise ValueError(f"{name!r} is neither an address nor the name of an interface") from None
        return name
    if address.is_unspecified or address.is_multicast:
        raise ValueError(f"{name} is no address of an interface; to use all of them, name none")
    return str(address)


def check_trackers(urls: Iterable[str]) -> None:
    """They may hold secrets, so the error has the number of the first that is wrong."""
    for number, url in enumerate(urls, 1):
        try:
            parts = urlsplit(url)
            is_right = parts.scheme in TRACKER_SCHEMES and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_right = False
        if not is_right:
            raise ValueError(f"tracker {number} is no URL that begins with http://, https:// or udp://")
