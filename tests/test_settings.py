from __future__ import annotations

import os
import tomllib
from datetime import UTC, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_settings import SettingsError

from momoshtrem.model.network import Proxy
from momoshtrem.settings import Settings, Transfer, config_file, parse_size

GIB = 2**30


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder without settings, and an environment without variables of ours but that."""
    for name in os.environ:
        if name.startswith("MOMOSHTREM_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MOMOSHTREM_DATA_DIR", str(tmp_path))
    return tmp_path


def write(folder: Path, text: str, name: str = "momoshtrem.toml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


class TestSources:
    def test_without_any_the_defaults_hold(self, data_dir: Path) -> None:
        settings = Settings()
        assert settings.data_dir == data_dir
        assert (settings.api.port, settings.webdav.port) == (4444, 36911)
        assert settings.webdav.level == 1
        assert not settings.streaming.verify_first

    def test_the_file_in_the_data_folder(self, data_dir: Path) -> None:
        write(data_dir, '[api]\nport = 1\n[cache]\nmax_size = "4 GiB"\n')
        settings = Settings()
        assert (settings.api.port, settings.cache.max_size) == (1, 4 * GIB)

    def test_a_variable_wins_over_the_file_key_by_key(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(data_dir, '[api]\nhost = "::1"\nport = 1\n')
        monkeypatch.setenv("MOMOSHTREM_API__PORT", "2")
        monkeypatch.setenv("MOMOSHTREM_CACHE__MAX_SIZE", "500 MB")
        settings = Settings()
        assert (settings.api.host, settings.api.port) == ("::1", 2)
        assert settings.cache.max_size == 500_000_000

    def test_a_file_that_is_named(
        self, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(data_dir, "[api]\nport = 1\n")
        named = write(tmp_path, "[api]\nport = 3\n", "other.toml")
        monkeypatch.setenv("MOMOSHTREM_CONFIG", str(named))
        assert config_file() == named
        assert Settings().api.port == 3

    def test_where_the_file_is_looked_for(self, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert config_file() == data_dir / "momoshtrem.toml"
        monkeypatch.setenv("HOME", str(data_dir))
        monkeypatch.setenv("MOMOSHTREM_DATA_DIR", "~/data")
        assert config_file() == data_dir / "data" / "momoshtrem.toml"
        monkeypatch.setenv("MOMOSHTREM_CONFIG", "~/own.toml")
        assert config_file() == data_dir / "own.toml"

    def test_they_are_frozen(self) -> None:
        settings = Settings()
        with pytest.raises(ValidationError):
            settings.api = settings.api
        with pytest.raises(ValidationError):
            settings.api.port = 1


class TestMistakes:
    @pytest.mark.parametrize(
        ("variable", "value", "place"),
        [
            ("WEBDAV__PROT", "1", ("webdav", "prot")),
            ("WEBDVA__PORT", "1", ("webdva",)),
            ("API__PORT", "65536", ("api", "port")),
            ("API__PORT", "http", ("api", "port")),
            ("CACHE__MAX_SIZE", "a lot", ("cache", "max_size")),
            ("CACHE__MIN_FREE", "-1", ("cache", "min_free")),
            ("TMDB__BASE_URL", "ftp://x", ("tmdb", "base_url")),
            ("STREAMING__TIMEOUT", "0", ("streaming", "timeout")),
            ("REVERSE_PROXY__TRUSTED", "10.0.0.1, home", ("reverse_proxy", "trusted", 1)),
            ("TLS__KEY", "key.pem", ("tls",)),
            ("TORRENT__DHT", "perhaps", ("torrent", "dht")),
            ("LOGGING__LEVEL", "loud", ("logging", "level")),
            ("LOGGING__FORMAT", "xml", ("logging", "format")),
        ],
    )
    def test_a_wrong_variable_is_named(
        self, variable: str, value: str, place: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(f"MOMOSHTREM_{variable}", value)
        with pytest.raises(ValidationError) as caught:
            Settings()
        assert [mistake["loc"] for mistake in caught.value.errors()] == [place]

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("prot = 1", ("prot",)),
            ("[webdva]\nport = 1", ("webdva",)),
            ("[webdav]\nprot = 1", ("webdav", "prot")),
            ("api = 1", ("api",)),
        ],
    )
    def test_a_wrong_key_of_the_file_is_named(
        self, data_dir: Path, text: str, place: tuple[str, ...]
    ) -> None:
        write(data_dir, text)
        with pytest.raises(ValidationError) as caught:
            Settings()
        assert [mistake["loc"] for mistake in caught.value.errors()] == [place]

    def test_all_mistakes_are_told_at_once(self, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(data_dir, '[api]\nport = "x"\n')
        monkeypatch.setenv("MOMOSHTREM_WEBDAV__PORT", "y")
        with pytest.raises(ValidationError) as caught:
            Settings()
        assert len(caught.value.errors()) == 2

    def test_a_file_that_is_no_toml(self, data_dir: Path) -> None:
        write(data_dir, "api.port: 1")
        with pytest.raises(tomllib.TOMLDecodeError):
            Settings()

    def test_a_section_as_one_variable_has_to_be_json(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MOMOSHTREM_API", "port=1")
        with pytest.raises(SettingsError, match="api"):
            Settings()


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("10.0.0.0/8, ::1", ["10.0.0.0/8", "::1/128"]),
        ("192.0.2.7", ["192.0.2.7/32"]),
        ("", []),
    ],
)
def test_a_list_is_written_with_commas(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, text: str, networks: list[str]
) -> None:
    write(data_dir, f"[reverse_proxy]\ntrusted = {[part.strip() for part in text.split(',') if part]}\n")
    assert [str(network) for network in Settings().reverse_proxy.trusted] == networks
    monkeypatch.setenv("MOMOSHTREM_REVERSE_PROXY__TRUSTED", text)
    assert [str(network) for network in Settings().reverse_proxy.trusted] == networks


class TestNetwork:
    @pytest.mark.parametrize(
        ("text", "names"),
        [("", ()), ("tun0", ("tun0",)), (" wg0, 192.0.2.1 ,::1", ("wg0", "192.0.2.1", "::1"))],
    )
    def test_interfaces(self, monkeypatch: pytest.MonkeyPatch, text: str, names: tuple[str, ...]) -> None:
        monkeypatch.setenv("MOMOSHTREM_TORRENT__INTERFACE", text)
        assert Settings().torrent.interfaces == names

    def test_trackers_are_a_list_or_written_with_commas(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        urls = ("http://a.test/announce", "udp://b.test:6969")
        write(data_dir, f"[torrent]\ntrackers = {list(urls)}\n")
        assert Settings().torrent.trackers == urls
        monkeypatch.setenv("MOMOSHTREM_TORRENT__TRACKERS", ", ".join(urls[::-1]))
        assert Settings().torrent.trackers == urls[::-1]

    def test_a_proxy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert Settings().torrent.parse_proxy() is None
        monkeypatch.setenv("MOMOSHTREM_TORRENT__PROXY", "http://me:a-secret@10.0.0.1:8080")
        settings = Settings()
        assert settings.torrent.parse_proxy() == Proxy("http", "10.0.0.1", 8080, "me", "a-secret")
        assert "a-secret" not in repr(settings)

    @pytest.mark.parametrize(
        ("key", "value", "said"),
        [
            ("interface", "0.0.0.0", "use all of them"),
            ("interface", "tun0,not a name", "neither an address nor the name"),
            ("interface", ",", "names no interface"),
            ("proxy", "socks4://a-secret:1", "socks5://host:port"),
            ("trackers", "http://a.test,a-secret", "tracker 2 is no URL"),
            ("encryption", "maybe", "allowed"),
            ("listen_port", "70000", "65535"),
        ],
    )
    def test_what_is_wrong_is_said(
        self, monkeypatch: pytest.MonkeyPatch, key: str, value: str, said: str
    ) -> None:
        monkeypatch.setenv(f"MOMOSHTREM_TORRENT__{key.upper()}", value)
        with pytest.raises(ValidationError, match=said) as caught:
            Settings()
        assert [error["loc"] for error in caught.value.errors()] == [("torrent", key)]


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AUTH__PASSWORD", "TMDB__API_KEY", "DATABASE__URL"):
        monkeypatch.setenv(f"MOMOSHTREM_{variable}", "a-secret")
    settings = Settings()
    assert settings.auth.password.get_secret_value() == "a-secret"
    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert "a-secret" not in shown


class TestSize:
    @pytest.mark.parametrize(
        ("text", "size"),
        [
            ("4 GiB", 4 * GIB),
            ("4gib", 4 * GIB),
            (" 1.5 TiB ", 3 * 2**39),
            ("500MB", 500_000_000),
            ("500 m", 500_000_000),
            ("2K", 2000),
            ("1 kib", 1024),
            ("12", 12),
            ("12 B", 12),
            ("0", 0),
            ("9" * 400, int("9" * 400)),
        ],
    )
    def test_what_people_write(self, text: str, size: int) -> None:
        assert parse_size(text) == size

    @pytest.mark.parametrize("text", ["", "GiB", "-1", "1 PiB", "1,5 GiB", "1e9", "4 GiB free", "nan"])
    def test_what_is_no_size(self, text: str) -> None:
        with pytest.raises(ValueError, match="4 GiB"):
            parse_size(text)

    @given(st.integers(0, 2**63), st.sampled_from([("", 1), ("KiB", 2**10), ("MB", 10**6), ("TiB", 2**40)]))
    def test_no_byte_is_lost(self, number: int, unit: tuple[str, int]) -> None:
        assert parse_size(f"{number} {unit[0]}") == number * unit[1]

    def test_a_number_is_taken_as_it_is(self) -> None:
        assert parse_size(7) == 7


class TestTransfer:
    def test_a_schedule_in_the_file(self, data_dir: Path) -> None:
        rule = 'days = ["mon"]\nfrom = 23:00:00\nuntil = "07:00"\nmax_upload = "1 MiB"\n'
        write(data_dir, f'[transfer]\nupload = "none"\n[[transfer.schedule]]\n{rule}')
        (found,) = Settings().transfer.schedule
        assert (found.days, found.begin, found.until) == (("mon",), time(23), time(7))
        assert (found.max_download, found.max_upload) == (None, 2**20)

    def test_a_schedule_in_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MOMOSHTREM_TRANSFER__SCHEDULE", '[{"from": "01:00", "until": "02:00"}]')
        (found,) = Settings().transfer.schedule
        assert (len(found.days), found.begin) == (7, time(1))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"max_upload": "3 GiB"},
            {"seed_ratio": 0},
            {"seed_hours": "inf"},
            {"schedule": [{"from": "1:00", "until": "02:00"}]},
            {"schedule": [{"from": 3600, "until": "02:00"}]},
            {"schedule": [{"from": time(1, tzinfo=UTC), "until": "02:00"}]},
            {"schedule": [{"from": "01:00", "until": "02:00", "days": []}]},
        ],
    )
    def test_what_cannot_be(self, wrong: dict[str, object]) -> None:
        with pytest.raises(ValidationError):
            Transfer.model_validate(wrong)

    def test_what_was_chosen_survives_as_json(self) -> None:
        rule = {"days": ["sun"], "from": "01:00", "until": "02:30:15", "max_download": 5}
        chosen = Transfer.model_validate({"upload": "targets", "schedule": [rule]})
        assert Transfer.model_validate(chosen.model_dump(mode="json")) == chosen
