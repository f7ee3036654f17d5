from __future__ import annotations

import pytest

from momoshtrem.model.words import counted


@pytest.mark.parametrize(("number", "said"), [(0, "0 files"), (1, "1 file"), (2, "2 files")])
def test_counted(number: int, said: str) -> None:
    assert counted(number, "file") == said
