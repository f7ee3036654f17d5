from __future__ import annotations

import pytest

from momoshtrem.model.release import Quality


@pytest.mark.parametrize(
    ("resolution", "height"), [("2160p", 2160), ("1080i", 1080), (None, 0), ("unknown", 0)]
)
def test_height(resolution: str | None, height: int) -> None:
    assert Quality(resolution=resolution).height == height


def test_what_a_quality_does_not_tell_is_taken_from_another() -> None:
    torrent = Quality("1080p", "WEB-DL", "hevc", "HDR", "GRP")
    assert Quality(resolution="720p").filled_from(torrent) == Quality("720p", "WEB-DL", "hevc", "HDR", "GRP")
    assert torrent.filled_from(Quality("720p")) == torrent
