"""Reads what `make bench` stored and shows its tables in the language of the reader."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from app import bundle_cache
from app.i18n.messages import tell
from app.i18n.texts import t
from app.methods.bench_words import HEADINGS, PHRASES
from app.paths import ROOT
from app.ui.kernel_names import noun_words
from app.ui.target_names import delegate_names
from data.messages import Message, joined, unpacked
from predictors.model.kernels import KernelKind

COLUMN: Final = re.compile(r"`(\w+)`")
KINDS: Final = frozenset(kind.value for kind in KernelKind)
FOLDER: Final = ROOT / "docs" / "bench"


@dataclass(frozen=True, slots=True)
class ResultTable:
    """One table of a bench run: all of it or, if it is long, an extract.

    `title` and `note` are messages. Cells are text as printed, empty for a figure that is not there;
    `messages` has those of them that were put together, by their English text.
    """

    title: str
    note: str
    frame: pd.DataFrame
    messages: Mapping[str, str] = field(default_factory=dict)


def bench_tables(folder: Path = FOLDER) -> tuple[ResultTable, ...]:
    """Return the tables of the stored run, in its order; none if no run was stored.

    `tables.json` in `folder` has titles, notes and the rows of extracts, `<name>.csv` the cells.
    """
    index = folder / "tables.json"
    if not index.is_file():
        return ()
    stored = json.loads(index.read_text(encoding="utf-8"))
    messages = {cell: unpacked(message) for cell, message in stored["cells"].items()}
    return tuple(_table(entry, messages, folder) for entry in stored["tables"])


def _table(entry: Mapping[str, Any], messages: Mapping[str, str], folder: Path) -> ResultTable:
    name, note, rows = str(entry["name"]), unpacked(entry["note"]), entry["extract"]
    frame = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
    if rows is not None:
        rest = Message(
            "{shown:,} of {all:,} rows; all are in `{file}`.",
            shown=len(rows),
            all=len(frame),
            file=f"docs/bench/{name}.csv",
        )
        note, frame = joined([note, rest], " "), frame.iloc[rows].reset_index(drop=True)
    return ResultTable(unpacked(entry["title"]), note, frame, messages)


def stored_rows(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    """Return all rows of one table of the bench, from `<name>.csv`; an empty frame if it was not stored.

    Columns of numbers are numbers, empty cells are missing.
    """
    path = folder / f"{name}.csv"
    return pd.read_csv(path) if path.is_file() else pd.DataFrame()


def title_words(table: ResultTable) -> str:
    """Return the title of a table in the reader's language."""
    return _told(table.title)


def note_words(table: ResultTable) -> str:
    """Return how a table was measured in the reader's language, columns by their headings on screen."""
    return COLUMN.sub(
        lambda found: f"*{t(HEADINGS[found[1]])}*" if found[1] in HEADINGS else found[0], _told(table.note)
    )


def shown_table(table: ResultTable) -> pd.DataFrame:
    """Return a table for the screen: headings in words, numbers as numbers, everything else in words."""
    devices = dict(zip(bundle_cache.devices()["device_id"], bundle_cache.devices()["name"], strict=True))
    frame, columns = table.frame, {}
    for name in frame.columns:
        cells = frame[name].replace([""], [None])
        numbers = pd.to_numeric(cells, errors="coerce")
        heading = t(HEADINGS.get(name, name))
        columns[heading] = (
            numbers if numbers.isna().equals(cells.isna()) else _cells(table, str(name), devices)
        )
    return pd.DataFrame(columns)


def _cells(table: ResultTable, name: str, devices: dict[str, str]) -> list[str]:
    if name == "delegate" and "device_id" in table.frame:
        return _delegates(table.frame)
    return [devices.get(cell) or _told(table.messages.get(cell, cell)) for cell in table.frame[name]]


def _delegates(frame: pd.DataFrame) -> list[str]:
    names = {
        device_id: delegate_names(list(dict.fromkeys(rows["delegate"])))
        for device_id, rows in frame.groupby("device_id")
    }
    pairs = zip(frame["device_id"], frame["delegate"], strict=True)
    return [_told(names[device_id].get(delegate, delegate)) for device_id, delegate in pairs]


def _told(text: str) -> str:
    return tell(_worded(text)) if isinstance(text, Message) else phrase(text)


def _worded(message: Message) -> Message:
    """The message with words in place of the ids among its values."""
    values = {
        name: _worded(each) if isinstance(each, Message) else phrase(each) if isinstance(each, str) else each
        for name, each in message.values.items()
    }
    return Message(message.template, **values)


def phrase(words: str) -> str:
    """Return the words of an id of the bench or of a kind of kernel; anything else is a name and stays."""
    if words in PHRASES:
        return t(PHRASES[words])
    return noun_words(words) if words in KINDS else words
