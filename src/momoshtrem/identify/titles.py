"""Comparing titles as they stand in names, without accents, case and punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_YEAR_OR_COUNTRY = re.compile(r"(?:19|20)\d\d|us|uk|au|nz|ca")
_GROUP_OR_SITE = re.compile(r"^(?:\s*\[[^\]]*\][ ._-]*)+|^www\.[\w.]+[ ._-]+", re.IGNORECASE)


def words(text: str) -> tuple[str, ...]:
    """The words of a title in their plainest form; Roman numerals from II on become digits."""
    text = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    plain = "".join(char for char in text if not unicodedata.combining(char) and char not in "'’`")
    return tuple(_ROMAN.get(word, word) for word in re.findall(r"[^\W_]+", plain))


def similarity(left: str, right: str) -> float:
    """1.0 for the same title, else the share of common words, 0.0 to 0.99."""
    a, b = words(left), words(right)
    if "".join(a) != "".join(b):
        a = _in_script_of(b, a)
    if not a or not b:
        return 0.0
    if "".join(a) == "".join(b):
        return 1.0
    return min(0.99, 2 * len(set(a) & set(b)) / (len(set(a)) + len(set(b))))


def names_show(text: str, title: str) -> bool:
    """Whether the text before an episode number fits the show: its title, a part of it, or nothing."""
    found = [word for word in words(_GROUP_OR_SITE.sub("", text)) if not _YEAR_OR_COUNTRY.fullmatch(word)]
    wanted = words(title)
    found = list(_in_script_of(wanted, found))
    return "".join(found) == "".join(wanted) or set(found) <= set(wanted)


def plain(text: str) -> str:
    """The words of `text` between spaces, numbers without leading zeros: for finding one text in another."""
    return f" {' '.join(word.lstrip('0') or word for word in words(text))} "


def title_pattern(title: str) -> re.Pattern[str]:
    """Matches the title at the start of a name, after groups in brackets; never half a word."""
    parts = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", title))
    body = r"[\W_]*".join(map(re.escape, parts)) or r"(?!)"
    return re.compile(rf"(?:\[[^\]]*\][ ._-]*)*{body}(?![^\W_])", re.IGNORECASE)


def _in_script_of(wanted: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    """Of a name in two scripts (*Брат Brat*) the words in the script of the title, else all of them."""
    if len({_is_latin(word) for word in wanted if word.isalpha()}) != 1:
        return tuple(found)
    latin = next(_is_latin(word) for word in wanted if word.isalpha())
    same = tuple(word for word in found if _is_latin(word) == latin or word.isdecimal())
    return same if any(word.isalpha() for word in same) else tuple(found)


def _is_latin(word: str) -> bool:
    return word[0] < "\u0250"
