"""What a running process costs, as Linux tells it in /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    pid: int

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far, of all its threads."""
        fields = (self._folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def resident(self) -> int:
        """Bytes in memory, shared libraries and all."""
        return self._read("status", "VmRSS:")

    @property
    def own(self) -> int:
        """Bytes in memory that are no file's."""
        return self._read("status", "RssAnon:")

    @property
    def proportional(self) -> int:
        """Bytes in memory; what it shares with others counts in parts."""
        return self._read("smaps_rollup", "Pss:")

    @property
    def descriptors(self) -> int:
        return len(list((self._folder / "fd").iterdir()))

    @property
    def threads(self) -> int:
        return len(list((self._folder / "task").iterdir()))

    @property
    def _folder(self) -> Path:
        return Path(f"/proc/{self.pid}")

    def _read(self, file: str, name: str) -> int:
        lines = (self._folder / file).read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
