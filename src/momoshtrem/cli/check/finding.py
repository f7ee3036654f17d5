"""What a check has found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence on a subject; of a warning or an error it says what to do."""

    level: Level
    subject: str
    message: str
