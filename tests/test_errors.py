from __future__ import annotations

import inspect
import re

import pytest

from momoshtrem import errors
from momoshtrem.errors import MomoshtremError, NoData, ServiceDown, Unavailable

KINDS = [
    kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, MomoshtremError)
]


def test_every_kind_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch("[a-z_]+", code) for code in codes)


def test_the_tree_in_the_header_has_every_kind() -> None:
    assert set(re.findall(r"(?:── )(\w+)", errors.__doc__ or "")) == {
        kind.__name__ for kind in KINDS if kind is not MomoshtremError
    }


@pytest.mark.parametrize("kind", [Unavailable, NoData, ServiceDown])
def test_what_may_work_later_says_when(kind: type[Unavailable]) -> None:
    assert (str(kind("Later.")), kind("Later.").retry_after) == ("Later.", 30)
    assert kind("Later.", 5).retry_after == 5
