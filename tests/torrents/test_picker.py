"""That libtorrent is told everything in order is tested with the plans, in `test_schedule`."""

from __future__ import annotations

import libtorrent as lt
import pytest

from momoshtrem.torrents.picker import IN_FILE, list_blocks
from tests.torrents.picker import Picker


@pytest.mark.parametrize(
    ("states", "here"),
    [
        ({3: [IN_FILE, 2, IN_FILE, 1, 0], 4: [IN_FILE]}, [0, 2]),
        ({4: [IN_FILE]}, []),
        ({}, []),
    ],
)
def test_only_blocks_that_were_written_are_in_the_file(states: dict[int, list[int]], here: list[int]) -> None:
    picker = Picker(5)
    picker.blocks = states
    assert list_blocks(picker.handle, 3) == here


def test_a_torrent_that_left_has_none() -> None:
    assert list_blocks(lt.torrent_handle(), 3) == []
