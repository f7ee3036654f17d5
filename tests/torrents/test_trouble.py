from __future__ import annotations

import errno
from pathlib import Path

import pytest

from momoshtrem.torrents.trouble import explain


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "is full: free some of it"),
        (errno.EDQUOT, "is full: free some of it"),
        (errno.EROFS, "is read-only: mount it for writing"),
        (errno.EACCES, "may not be written: give the user"),
        (errno.EFBIG, "takes no file so large"),
        (errno.EMFILE, "too many files are open: raise the limit"),
        (errno.EIO, "does not work (Reason): check the disk"),
        (0, "does not work (Reason): check the disk"),
    ],
)
def test_it_says_where_and_what_to_do(number: int, advice: str) -> None:
    sentence = explain(number, Path("/srv/cache"), "Reason")
    assert sentence.startswith("The cache /srv/cache ")
    assert advice in sentence
    assert sentence.endswith("Then play it again.")
