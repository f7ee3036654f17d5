"""A document is checked whole before the library hears of it; its parts then lie on disk, a line each."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TypeVar

from pydantic import ValidationError

from momoshtrem.errors import InvalidInput
from momoshtrem.services.exchange.document import FORMAT, PARTS, VERSION, Part, Torrent, describe
from momoshtrem.services.exchange.incoming import read_torrent
from momoshtrem.services.exchange.reading import read

AnyPart = TypeVar("AnyPart", bound=Part)


class Staged:
    """The parts of a document by the names of their lists, in files."""

    def __init__(self, files: dict[str, IO[bytes]]) -> None:
        self._files = files

    def check(self, document: IO[bytes]) -> None:
        """Take the parts of a document. Raises InvalidInput with the place of the first mistake."""
        head = {}
        for key, index, value in read(document):
            if index is not None and key in PARTS:
                self._write(key, index, parse(key, index, value))
            else:
                head[key] = value
        if head.pop("format", None) != FORMAT:
            raise InvalidInput(f'format: the document is no export, which says "{FORMAT}" here.')
        if head.pop("version", None) != VERSION:
            raise InvalidInput(f"version: only documents of version {VERSION} can be imported.")
        if unknown := [key for key, value in head.items() if key not in PARTS or value != []]:
            raise InvalidInput(f"{unknown[0]}: an export has no such key, or not with this value.")

    def _write(self, key: str, index: int, part: Part) -> None:
        if isinstance(part, Torrent):
            read_torrent(f"{key}[{index}]", part)
        self._files[key].write(part.model_dump_json().encode() + b"\n")

    def parts(self, key: str, kind: type[AnyPart]) -> Iterator[tuple[str, AnyPart]]:
        """Each part of a list, with its place."""
        file = self._files[key]
        file.seek(0)
        for index, line in enumerate(file):
            yield f"{key}[{index}]", kind.model_validate_json(line)


@contextmanager
def staging(folder: Path) -> Iterator[Staged]:
    """Files of no name in this folder, which are gone afterwards."""
    with ExitStack() as stack:
        yield Staged({key: stack.enter_context(tempfile.TemporaryFile(dir=folder)) for key in PARTS})


def parse(key: str, index: int, value: object) -> Part:
    try:
        return PARTS[key].model_validate(value)
    except ValidationError as error:
        raise InvalidInput(describe(f"{key}[{index}]", error)) from error
