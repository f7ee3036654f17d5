"""Long work that outlasts a request and a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work. `subject` says on what, in words of its `kind`; `message` is for the user.

    `attempts` counts the starts since `created_at`, when it was asked for, or asked for again. A queued job
    is not started before `next_try_at`.
    """

    id: int
    kind: str
    subject: Mapping[str, str]
    state: JobState
    attempts: int
    next_try_at: datetime
    message: str
    created_at: datetime
    updated_at: datetime
