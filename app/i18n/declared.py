"""Babel extractors for the texts that stand in the declarations of the data; `babel.cfg` names them.

Nothing here runs in the app.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any, Final

WORDS: Final = frozenset({"method", "licence", "units_published", "notes", "reason"})
"""Keys of sources.toml and corrections.toml that hold this project's own words."""
Extracted = tuple[int, str, str, list[str]]
"""What Babel wants of an extractor: line, name of a function (none here), text, comments."""


def declarations(
    file: IO[bytes], _keywords: Collection[str], _comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Extracted]:
    """Return what sources.toml or corrections.toml says to readers."""
    for entries in tomllib.loads(file.read().decode("utf-8")).values():
        for entry in entries:
            yield from ((1, "", str(entry[key]), []) for key in entry if _is_words(key, entry[key]))


def _is_words(key: str, value: Any) -> bool:
    """Whether a value is to be translated; names of licences (CC-BY-4.0) are the same in every language."""
    return key in WORDS and bool(value) and (key != "licence" or str(value)[0].islower())


def dictionary(
    _file: IO[bytes], _keywords: Collection[str], _comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Extracted]:
    """Return titles of tables, labels of their columns, and what columns of a contributed table mean."""
    from data.contribution.schema import LEVELS, schema
    from data.dictionary import load_dictionary

    for table in load_dictionary().values():
        yield 1, "", table.title, []
        yield from ((1, "", str(column.label), []) for column in table.columns.values())
    for level in LEVELS:
        yield from ((1, "", field.meaning, []) for field in schema(level))


def rails(
    _file: IO[bytes], _keywords: Collection[str], _comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Extracted]:
    """Return what rails of recordings are called and what they feed."""
    from data.tracing.rails import GLOSSARY, UNKNOWN

    for rail in (*GLOSSARY.values(), UNKNOWN):
        yield from ((1, "", text, []) for text in (rail.title, rail.meaning) if text)


def traces(
    file: IO[bytes], _keywords: Collection[str], _comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Extracted]:
    """Return under which conditions the bundled recordings were made."""
    rows = csv.DictReader(io.StringIO(file.read().decode("utf-8")))
    yield from ((1, "", row["conditions"], []) for row in rows if row["conditions"])
