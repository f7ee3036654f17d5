from __future__ import annotations

import pytest

from momoshtrem.model.words import counted, split_words


@pytest.mark.parametrize(("number", "said"), [(0, "0 files"), (1, "1 file"), (2, "2 files")])
def test_counted(number: int, said: str) -> None:
    assert counted(number, "file") == said


def test_words_are_split_at_commas() -> None:
    assert split_words(" a, b ,,c ") == ["a", "b", "c"]
    assert split_words(" ,") == []
