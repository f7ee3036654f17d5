from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from momoshtrem.services.exchange.service import Exchange
from tests.services.exchange.stock import exchange_of
from tests.services.rig import Rig, open_rig


@pytest.fixture
def exchange(rig: Rig, tmp_path: Path) -> Exchange:
    return exchange_of(rig, tmp_path)


@pytest.fixture
async def other(tmp_path: Path, template: Path) -> AsyncIterator[Rig]:
    """Another server, with an empty library."""
    path = tmp_path / "other.db"
    path.write_bytes(template.read_bytes())
    async with open_rig(f"sqlite:///{path}") as opened:
        yield opened
