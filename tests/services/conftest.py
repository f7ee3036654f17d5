"""The services on a database of their own, as `tests/library` has it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.library.conftest import db as db
from tests.library.conftest import recorder as recorder
from tests.library.conftest import template as template
from tests.library.conftest import url as url
from tests.services.rig import Rig, open_rig


@pytest.fixture
async def rig(url: str) -> AsyncIterator[Rig]:
    async with open_rig(url) as opened:
        yield opened
