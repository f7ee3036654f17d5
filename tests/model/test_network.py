from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.model.network import Proxy, check_interface, check_trackers

WORDS = st.text(min_size=1, max_size=60).filter(lambda text: len(text.encode("utf-8", "replace")) <= 255)


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("socks5://proxy.test:1080", Proxy("socks5", "proxy.test", 1080)),
        ("socks5h://me:w%40rd@10.0.0.1:9/", Proxy("socks5h", "10.0.0.1", 9, "me", "w@rd")),
        (" http://me@[2001:db8::1]:3128 ", Proxy("http", "2001:db8::1", 3128, "me")),
    ],
)
def test_a_proxy_is_read(url: str, proxy: Proxy) -> None:
    assert Proxy.parse(url) == proxy


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "socks5://host:port"),
        ("proxy.test:1080", "socks5://host:port"),
        ("https://proxy.test:1080", "socks5://host:port"),
        ("socks4://proxy.test:1080", "socks5://host:port"),
        ("socks5://proxy.test", "a host and a port"),
        ("socks5://:1080", "a host and a port"),
        ("socks5://proxy.test:0", "a host and a port"),
        ("socks5://proxy.test:99999", "not the URL"),
        ("socks5://[proxy.test:1080", "not the URL"),
        ("http://proxy.test:1080/path", "nothing behind"),
        ("socks5://:secret@proxy.test:1080", "user name"),
        (f"socks5://me:{256 * 's'}@proxy.test:1080", "user name"),
    ],
)
def test_another_url_is_refused_without_its_password(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        Proxy.parse(url)
    assert "secret" not in str(caught.value)


def test_it_tells_where_it_is_and_no_secret() -> None:
    proxy = Proxy.parse("socks5://me:secret@[2001:db8::1]:1080")
    assert str(proxy) == "socks5://[2001:db8::1]:1080"
    assert "secret" not in repr(proxy)


@given(WORDS, WORDS)
def test_any_credentials_can_be_written(name: str, word: str) -> None:
    url = f"http://{quote(name, safe='')}:{quote(word, safe='')}@proxy.test:1"
    assert Proxy.parse(url) == Proxy("http", "proxy.test", 1, name, word)


@given(st.text())
def test_any_text_is_a_proxy_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert Proxy.parse(text).port


def test_only_socks_carries_datagrams() -> None:
    kinds = ("socks5", "socks5h", "http")
    assert [Proxy.parse(f"{kind}://a:1").carries_datagrams for kind in kinds] == [True, True, False]


@pytest.mark.parametrize("name", ["eth0", "tun0", "wg-home", "enp3s0f1np1", "br.5", "192.0.2.1"])
def test_interfaces(name: str) -> None:
    assert check_interface(name) == name


def test_an_address_gets_its_usual_form() -> None:
    assert check_interface("2001:DB8:0::1") == "2001:db8::1"


@pytest.mark.parametrize("name", ["a name", "much-too-long-name", "tun0:6881", "192.0.2", "10.0.0.0/8", ""])
def test_what_is_no_interface(name: str) -> None:
    with pytest.raises(ValueError, match="neither an address nor the name"):
        check_interface(name)


@pytest.mark.parametrize("name", ["0.0.0.0", "::", "239.1.1.1"])
def test_addresses_of_no_interface(name: str) -> None:
    with pytest.raises(ValueError, match="use all of them"):
        check_interface(name)


def test_trackers() -> None:
    check_trackers(["http://a.test/announce", "https://a.test", "udp://a.test:6969/announce"])


@pytest.mark.parametrize(
    "url", ["wss://a.test", "a.test", "udp://", "http://[a", "udp://a:0", "http://a:x", ""]
)
def test_other_trackers_are_refused_by_their_number(url: str) -> None:
    with pytest.raises(ValueError, match="tracker 2 is no URL"):
        check_trackers(["http://a.test/secret", url])
