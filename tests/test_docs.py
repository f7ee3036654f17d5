"""What the documentation names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from momoshtrem.settings import Settings

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"

CASES = ["edge-cases.md", "webdav.md"]
NAMED_TESTS = sorted(
    {
        named
        for document in CASES
        for named in re.findall(r"`([\w/.]+\.py)::(\w+)`", (DOCS / document).read_text(encoding="utf-8"))
    }
)


@pytest.mark.parametrize(("file", "name"), NAMED_TESTS)
def test_a_test_of_a_case_exists(file: str, name: str) -> None:
    text = (TESTS / file).read_text(encoding="utf-8")
    assert re.search(rf"^ *(?:(?:async )?def|class) {name}\b", text, re.MULTILINE)


@pytest.mark.parametrize("document", CASES)
def test_every_case_has_a_test_or_a_reason(document: str) -> None:
    rows = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in table_rows(document)]
    assert len(rows) > 35
    assert [cells for cells in rows if len(cells) != 3 or not all(cells)] == []


def test_the_settings_are_those_of_the_documentation() -> None:
    told = [key for line in table_rows("settings.md") for key in re.findall(r"`(.+?)`", line.split(" | ")[0])]
    assert sorted(told) == sorted(setting_keys())


def table_rows(document: str) -> list[str]:
    """The lines of all tables, but for their heads."""
    lines = (DOCS / document).read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    return [line for line in rows if not line.startswith(("| --- ", "| case ", "| key "))]


def setting_keys() -> list[str]:
    """All keys, as `section.key` where they are in a section."""
    keys = []
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            keys += [f"{name}.{key}" for key in section.model_fields]
        else:
            keys.append(name)
    return keys
