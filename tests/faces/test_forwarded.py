from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.faces.forwarded import HOST, Forwarded, external_url
from momoshtrem.faces.http import Receive, Scope, Send
from momoshtrem.settings import ReverseProxy

PROXY, CLIENT, STRANGER = "127.0.0.1", "192.0.2.7", "198.51.100.1"
TOLD = {
    "x-forwarded-for": CLIENT,
    "x-forwarded-proto": "https",
    "x-forwarded-host": "media.example.org",
    "x-forwarded-prefix": "/dav",
}


async def pass_on(
    headers: dict[str, str], peer: str = PROXY, path: str = "/Movies/a%20b", trusted: str = ""
) -> Scope:
    """The scope that a face gets."""
    seen: list[Scope] = []

    async def face(scope: Scope, _: Receive, __: Send) -> None:
        seen.append(scope)

    fields = {"host": "10.0.0.5:36911", **headers}
    scope: dict[str, Any] = {
        "type": "http",
        "scheme": "http",
        "client": (peer, 5000),
        "server": ("10.0.0.5", 36911),
        "root_path": "",
        "path": path.replace("%20", " "),
        "raw_path": path.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in fields.items()],
    }
    networks = [ip_network(trusted)] if trusted else ReverseProxy().trusted
    await Forwarded(face, networks)(scope, never, never)
    return seen[0]


async def never(*_: object) -> Any:
    raise AssertionError


async def test_what_a_trusted_proxy_tells_is_believed() -> None:
    scope = await pass_on(TOLD)
    assert scope["client"][0] == CLIENT
    assert external_url(scope) == "https://media.example.org/dav"
    assert (scope["root_path"], scope["path"]) == ("/dav", "/dav/Movies/a b")
    assert scope["raw_path"] == b"/dav/Movies/a%20b"
    assert [value for name, value in scope["headers"] if name == b"host"] == [b"media.example.org"]


async def test_what_anyone_else_tells_is_not() -> None:
    scope = await pass_on(TOLD, peer=STRANGER)
    assert scope["client"][0] == STRANGER
    assert external_url(scope) == "http://10.0.0.5:36911"
    assert (scope["root_path"], scope["path"]) == ("", "/Movies/a b")


@pytest.mark.parametrize(
    ("peer", "trusted"),
    [
        ("10.1.2.3", "10.0.0.0/8"),
        ("::ffff:10.1.2.3", "10.0.0.0/8"),
        ("2001:db8::5", "2001:db8::/32"),
        ("::ffff:127.0.0.1", ""),
        ("::1", ""),
    ],
)
async def test_whom_the_settings_name_is_trusted(peer: str, trusted: str) -> None:
    assert external_url(await pass_on(TOLD, peer, trusted=trusted)) == "https://media.example.org/dav"


async def test_the_client_is_the_last_that_no_trusted_proxy_is() -> None:
    """What a client writes into the header itself stands before what the proxies append."""
    scope = await pass_on({"x-forwarded-for": f"1.1.1.1, {CLIENT}, 127.0.0.5"})
    assert scope["client"][0] == CLIENT


@pytest.mark.parametrize("path", ["/dav", "/dav/", "/dav/Movies/x.mkv"])
async def test_a_prefix_that_the_proxy_leaves_on_is_not_doubled(path: str) -> None:
    scope = await pass_on(TOLD, path=path)
    assert (scope["path"], scope["raw_path"]) == (path, path.encode())


@pytest.mark.parametrize("path", ["/", "/davs", "/da", "/Movies/dav"])
async def test_a_prefix_that_the_proxy_cut_off_is_put_back(path: str) -> None:
    assert (await pass_on(TOLD, path=path))["path"] == f"/dav{path}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-forwarded-prefix", '/"><script>'),
        ("x-forwarded-prefix", "//evil.example.org"),
        ("x-forwarded-prefix", "dav"),
        ("x-forwarded-prefix", "/"),
        ("x-forwarded-prefix", "/da v"),
        ("x-forwarded-prefix", "/d\u00e9"),
        ("x-forwarded-host", 'evil"'),
        ("x-forwarded-host", "a/b"),
        ("x-forwarded-host", "user@host"),
        ("x-forwarded-host", "h\u00f6st"),
        ("x-forwarded-host", ""),
        ("x-forwarded-proto", "javascript"),
    ],
)
async def test_nonsense_is_ignored(name: str, value: str) -> None:
    assert external_url(await pass_on({name: value})) == "http://10.0.0.5:36911"


async def test_of_several_proxies_the_first_knows_the_address() -> None:
    told = {"x-forwarded-host": "outer.example.org, inner", "x-forwarded-prefix": "/a/b/, /c"}
    assert external_url(await pass_on(told)) == "http://outer.example.org/a/b"


@given(st.text(st.characters(max_codepoint=255)))
async def test_a_hostile_host_never_gets_into_a_url(host: str) -> None:
    scope = await pass_on({"host": host}, peer=STRANGER)
    found = external_url(scope).removeprefix("http://")
    assert HOST.fullmatch(found)
    assert found in {host.partition(",")[0].strip(), "10.0.0.5:36911"}


async def test_a_server_of_ipv6_without_a_host_header() -> None:
    scope = await pass_on({"host": ""})
    scope["server"] = ("::1", 36911)
    assert external_url(scope) == "http://[::1]:36911"


async def test_other_than_http_is_passed_on() -> None:
    seen: list[str] = []

    async def face(scope: Scope, _: Receive, __: Send) -> None:
        seen.append(scope["type"])

    await Forwarded(face, ReverseProxy().trusted)({"type": "lifespan"}, never, never)
    assert seen == ["lifespan"]
