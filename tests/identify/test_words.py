from __future__ import annotations

import re

import pytest

from momoshtrem.identify import words

EXPRESSIONS = {name: each for name, each in vars(words).items() if name.isupper() and isinstance(each, str)}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_words_are_expressions_without_groups(name: str) -> None:
    assert re.compile(EXPRESSIONS[name]).groups == 0


def test_each_number_has_a_word() -> None:
    assert set(words.NUMBER_WORDS.values()) == set(range(1, 11))
