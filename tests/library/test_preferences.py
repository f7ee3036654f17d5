from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.library import preferences
from momoshtrem.library.database import Database
from tests.library.samples import transaction

JSON = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.text(), JSON, max_size=3))
def test_what_was_put_is_found(values: dict[str, object]) -> None:
    with transaction() as tx:
        for key, value in values.items():
            preferences.put(tx, key, value)
        assert {key: preferences.find(tx, key) for key in values} == values


@pytest.mark.parametrize("latest", [None, {}, {"download": 0}])
async def test_the_latest_counts_until_it_is_deleted(db: Database, latest: object) -> None:
    await db.run(preferences.put, "limits", {"download": 1})
    await db.run(preferences.put, "limits", latest)
    assert await db.run(preferences.find, "limits") == latest
    for _ in range(2):
        await db.run(preferences.delete, "limits")
        assert await db.run(preferences.find, "limits") is None
