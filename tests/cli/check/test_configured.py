from __future__ import annotations

from pathlib import Path

import pytest

from momoshtrem.cli.check.configured import Configured, list_settings
from momoshtrem.settings import Settings
from tests.test_docs import setting_keys


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Configured]:
    (tmp_path / "momoshtrem.toml").write_text(
        '[api]\nport = 4445\n[webdav]\nport = 4446\n[auth]\npassword = "hush"\n'
        '[torrent]\ntrackers = ["http://tracker.test/announce?passkey=hushhush"]\n'
    )
    monkeypatch.delenv("MOMOSHTREM_CONFIG", raising=False)
    monkeypatch.setenv("MOMOSHTREM_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MOMOSHTREM_WEBDAV__PORT", "4447")
    monkeypatch.setenv("MOMOSHTREM_TMDB__API_KEY", "hush")
    return {each.key: each for each in list_settings(Settings())}


def test_every_setting_is_there_once(configured: dict[str, Configured]) -> None:
    assert sorted(configured) == sorted(setting_keys())


@pytest.mark.parametrize(
    ("key", "value", "source"),
    [
        ("api.host", "0.0.0.0", "default"),
        ("api.port", "4445", "momoshtrem.toml"),
        ("webdav.port", "4447", "environment"),
        ("torrent.dht", "true", "default"),
        ("auth.password", "**********", "momoshtrem.toml"),
        ("tmdb.api_key", "**********", "environment"),
        ("database.url", "", "default"),
    ],
)
def test_value_and_source(configured: dict[str, Configured], key: str, value: str, source: str) -> None:
    found = configured[key]
    assert (found.value, Path(found.source).name) == (value, source)


def test_no_secret_is_shown(configured: dict[str, Configured]) -> None:
    assert "tracker.test" in configured["torrent.trackers"].value
    assert "hush" not in str(configured)
