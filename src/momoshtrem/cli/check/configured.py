"""The settings in force, and where each comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_settings import TomlConfigSettingsSource

from momoshtrem.logs import redact
from momoshtrem.settings import Environment, Settings, config_file


@dataclass(frozen=True, slots=True)
class Configured:
    """A setting; `source` is `default`, `environment` or the file. Secrets are masked."""

    key: str
    value: str
    source: str


def list_settings(settings: Settings) -> list[Configured]:
    file = config_file()
    given = {
        "environment": Environment(Settings)(),
        str(file): TomlConfigSettingsSource(Settings, file)(),
    }
    return [
        Configured(".".join(key), redact(value), _find_source(key, given))
        for key, value in _flatten(settings, ())
    ]


def _flatten(section: BaseModel, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    shown = json.loads(section.model_dump_json())
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _flatten(value, (*above, name))
        else:
            yield (*above, name), _write(shown[name])


def _write(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _find_source(key: tuple[str, ...], given: Mapping[str, Any]) -> str:
    """The first that has the key wins."""
    return next((source for source, values in given.items() if _has(values, key)), "default")


def _has(values: Any, key: tuple[str, ...]) -> bool:
    for name in key:
        if not isinstance(values, Mapping) or name not in values:
            return False
        values = values[name]
    return values is not None
