"""The order of an item's files, without the database.

A slot is one item in one version, whose label keeps the case that the item has it in first. Its files are
ranked 0, 1, 2… without gaps: 0 is shown, the others stand by, the latest first. Its proposals are ranked
apart, from 1 on, so that none of them is ever shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from momoshtrem.model.media import Assignment, NewAssignment
from momoshtrem.model.names import fold

OneFile = Assignment | NewAssignment

TICK = timedelta(seconds=1)
"""What HTTP tells times in."""


class Ranking:
    """The files of some items: all that are `stored` for them, each slot in order."""

    def __init__(self, stored: Iterable[Assignment]) -> None:
        self._stored = {one.id: one for one in stored}
        self._by_file: dict[Hashable, OneFile] = {file_key(one): one for one in self._stored.values()}
        self._slots: dict[Hashable, list[OneFile]] = defaultdict(list)
        self._labels: dict[Hashable, str] = {}
        for one in self._stored.values():
            self._labels.setdefault(version_key(one), one.version)
            self._slots[_slot(one)].append(one)

    def put(self, new: OneFile) -> None:
        """Show a file, or propose it. A proposal changes nothing about a file that its item already has."""
        known = self._by_file.get(file_key(new))
        if known is None:
            self._put_first(new)
        elif not new.proposed:
            self._slots[_slot(known)].remove(known)
            self._put_first(_unfailed(replace(known, version=new.version, proposed=False)))

    def exchange(self, failed: Assignment, standby: Assignment) -> None:
        """Show a standby; the file that failed comes to stand by, behind all others."""
        files = self._slots[_slot(failed)]
        files.remove(failed)
        files.append(failed)
        self.put(standby)

    def added(self) -> list[tuple[int, NewAssignment]]:
        """What is not stored yet, with its rank."""
        return [(rank, one) for rank, one in self._ranked() if isinstance(one, NewAssignment)]

    def find_time(self, now: datetime) -> datetime:
        """From when on changes hold: not before what is stored, though the clock may have been set back."""
        newest = max((one.assigned_at for one in self._stored.values()), default=now)
        return now if now >= newest else newest + TICK

    def moved(self, now: datetime) -> list[Assignment]:
        """What is stored otherwise, as it should be; what comes to be shown is so since `now`.

        Players know a path's bytes by their time, which is not to go back when an older file takes the place.
        That one gets a new chance, if it failed before.
        """
        placed = [self._place(one, rank, now) for rank, one in self._ranked() if isinstance(one, Assignment)]
        return [one for one in placed if one != self._stored[one.id]]

    def _place(self, one: Assignment, rank: int, now: datetime) -> Assignment:
        before = self._stored[one.id]
        if rank or (before.rank == 0 and version_key(before) == version_key(one)):
            return replace(one, rank=rank)
        return replace(one, rank=rank, assigned_at=now, failed_at=None, failure="")

    def _put_first(self, new: OneFile) -> None:
        one = replace(new, version=self._labels.setdefault(version_key(new), new.version))
        self._slots[_slot(one)].insert(0, one)
        self._by_file[file_key(one)] = one

    def _ranked(self) -> list[tuple[int, OneFile]]:
        return [
            (rank + one.proposed, one) for files in self._slots.values() for rank, one in enumerate(files)
        ]


def file_key(one: OneFile) -> Hashable:
    """What a file is to its item, which has it at most once."""
    return one.movie_id, one.episode_id, one.info_hash, one.file_index


def version_key(one: OneFile) -> Hashable:
    """An item in one version; labels that differ only in case are one."""
    return one.movie_id, one.episode_id, fold(one.version)


def _unfailed(one: OneFile) -> OneFile:
    """A file that is shown anew gets a new chance."""
    return replace(one, failed_at=None, failure="") if isinstance(one, Assignment) else one


def _slot(one: OneFile) -> Hashable:
    return version_key(one), one.proposed
