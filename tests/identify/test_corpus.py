"""How well the names of the corpus are identified: at least 98 % rightly, and none surely wrong."""

from __future__ import annotations

import pytest

from tests.identify.corpus import RESULTS, Result, surely_wrong, table


@pytest.fixture(scope="module")
def results() -> dict[str, list[Result]]:
    return {name: found() for name, found in RESULTS.items()}


def test_the_corpus_is_identified(results: dict[str, list[Result]]) -> None:
    everything = [each for some in results.values() for each in some]
    wrong = [each for each in everything if not each.is_right]
    summary = f"{table(results)}\n" + "\n".join(map(str, wrong))
    assert len(everything) >= 400
    assert len(wrong) <= len(everything) * 0.02, summary
    assert surely_wrong(everything) == [], summary


def test_no_part_of_the_corpus_is_weak(results: dict[str, list[Result]]) -> None:
    shares = {name: sum(each.is_right for each in some) / len(some) for name, some in results.items()}
    assert all(share >= 0.97 for share in shares.values()), shares


def test_the_table_counts_what_is_right_found_and_wanted() -> None:
    some = [
        Result("a", "S01E01", "S01E01", 0.9),
        Result("b", "S01E02", "S01E03", 0.95),
        Result("c", "-", "-", 0),
    ]
    assert table({"x": some}).splitlines()[1].split() == ["x", "3", "2", "50.0%", "50.0%", "1"]
    assert [each.name for each in surely_wrong(some)] == ["b"]
