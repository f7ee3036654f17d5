"""Reads a JSON document item by item, so that a large one takes little memory.

The document is an object. Of the lists in it each item is given by itself; everything else, also an empty
list, as it is.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import IO, Any, NoReturn

from momoshtrem.errors import InvalidInput

CHUNK = 2**16
MAX_ITEM = 2**25
"""Characters of one item; the largest are .torrent files."""
NUMBER_GOES_ON = re.compile(r"[-+.eE\d]*\Z", re.ASCII)
"""What may follow a value at the end of a chunk, if that is only the start of a number."""
SPACE = re.compile(r"[ \t\r\n]*")


def read(file: IO[bytes]) -> Iterator[tuple[str, int | None, Any]]:
    """Key, index in the list there or None, and value. Raises InvalidInput with the line of a mistake."""
    file.seek(0)
    scanner = Scanner(codecs.iterdecode(iter(lambda: file.read(CHUNK), b""), "utf-8-sig"))
    for key in scanner.each("{", "}", scanner.read_key):
        if scanner.peek() != "[":
            yield key, None, scanner.read_value()
            continue
        index = -1
        for index, value in enumerate(scanner.each("[", "]", scanner.read_value)):
            yield key, index, value
        if index < 0:
            yield key, None, []
    if scanner.peek():
        scanner.fail("something follows its end")


class Scanner:
    """Goes through a text that comes in chunks; what lies behind is forgotten."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self._text = ""
        self._at = 0
        self._line = 1
        self._decoder = json.JSONDecoder(parse_constant=self._refuse)

    def each(self, start: str, end: str, read: Callable[[], Any]) -> Iterator[Any]:
        """What `read` gives for each element between two brackets."""
        self._expect(start)
        if self.peek() != end:
            yield read()
            while self.peek() == ",":
                self._expect(",")
                yield read()
        self._expect(end)

    def peek(self) -> str:
        """The next character that is no space, "" at the end."""
        while True:
            found = SPACE.match(self._text, self._at)
            assert found
            self._at = found.end()
            if self._at < len(self._text) or not self._read_on():
                return self._text[self._at : self._at + 1]

    def read_key(self) -> str:
        key = self.read_value()
        if not isinstance(key, str):
            self.fail("a key is a text")
        self._expect(":")
        return key

    def read_value(self) -> Any:
        """The value that begins here; more is read, twice as much each time, until it is whole."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._read_on():
                    self.fail(error.msg, error.pos)
                continue
            except (RecursionError, ValueError):
                self.fail("a value is too deep or too long")
            if not NUMBER_GOES_ON.match(self._text, end) or not self._read_on():
                self._at = end
                return value

    def fail(self, reason: str, at: int | None = None) -> NoReturn:
        line = self._line + self._text.count("\n", 0, self._at if at is None else at)
        raise InvalidInput(f"Line {line} of the document is not as it should be: {reason}.")

    def _expect(self, character: str) -> None:
        if self.peek() != character:
            self.fail(f"{character!r} is missing")
        self._at += 1

    def _read_on(self) -> bool:
        """Have more of the text, as much as is not read yet again; whether there was any."""
        self._line += self._text.count("\n", 0, self._at)
        self._text, self._at = self._text[self._at :], 0
        if len(self._text) > MAX_ITEM:
            self.fail(f"one item has more than {MAX_ITEM:,} characters")
        wanted, more = max(len(self._text), 1), []
        try:
            while wanted > 0 and (chunk := next(self._chunks, "")):
                more.append(chunk)
                wanted -= len(chunk)
        except UnicodeDecodeError:
            self.fail("it is not UTF-8")
        self._text += "".join(more)
        return bool(more)

    def _refuse(self, constant: str) -> NoReturn:
        self.fail(f"{constant} is no number in JSON")
