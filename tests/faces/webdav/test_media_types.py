from __future__ import annotations

import pytest

from momoshtrem.faces.webdav.media_types import MEDIA_TYPES, media_type


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Film.mkv", "video/x-matroska"),
        ("FILM.MP4", "video/mp4"),
        ("S01E01.m2ts", "video/mp2t"),
        ("page.html", "application/octet-stream"),
        ("no extension", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_media_type(name: str, expected: str) -> None:
    assert media_type(name) == expected


def test_no_file_is_html() -> None:
    assert "text/html" not in MEDIA_TYPES.values()
