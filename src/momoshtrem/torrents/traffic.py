"""What a torrent sends and gets over all its loads: pure."""

from __future__ import annotations

from momoshtrem.model.stored import Traffic


class TrafficMeter:
    """Adds up; libtorrent counts anew each time a torrent enters the session.

    `saved` is what the store knows.
    """

    def __init__(self, before: Traffic) -> None:
        self.saved = before
        self._loaded_with = before
        self._before = before
        self._uploaded = 0
        self._downloaded = 0

    @property
    def total(self) -> Traffic:
        before = self._before
        return Traffic(before.uploaded + self._uploaded, before.downloaded + self._downloaded, before.seconds)

    @property
    def downloaded(self) -> int:
        """Bytes since it was loaded."""
        return self.total.downloaded - self._loaded_with.downloaded

    def count(self, uploaded: int, downloaded: int) -> None:
        """So many bytes since it entered the session; what is told late does not count back."""
        self._uploaded = max(self._uploaded, uploaded)
        self._downloaded = max(self._downloaded, downloaded)

    def stay(self, seconds: float) -> None:
        """It was ready to upload for so long."""
        before = self._before
        self._before = Traffic(before.uploaded, before.downloaded, before.seconds + seconds)

    def leave(self) -> None:
        """It has left the session."""
        self._before, self._uploaded, self._downloaded = self.total, 0, 0
