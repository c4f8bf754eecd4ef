"""CSV text that a spreadsheet shows and never runs: names in it may come from anybody's file or query."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd

FIRST_SIGNS: Final = frozenset("=+-@\t\r\n＝＋－＠")
"""A cell that begins with one of these is run by some spreadsheet (OWASP, "CSV Injection")."""


NUMBER: Final = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")


def inert(value: Any) -> Any:
    """Return a cell as it is, text that a spreadsheet would run with an apostrophe in front."""
    if not isinstance(value, str) or value[:1] not in FIRST_SIGNS or NUMBER.fullmatch(value):
        return value
    return "'" + value


def typed(cell: str) -> str:
    """Return what `inert` was given: text without the apostrophe that keeps a spreadsheet from running it."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FIRST_SIGNS else cell


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], *, delimiter: str = ",") -> str:
    """Return rows as CSV text under the names of their columns; cells of other columns are left out."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n", delimiter=delimiter)
    writer.writerow([inert(name) for name in columns])
    writer.writerows([inert(row.get(name, "")) for name in columns] for row in rows)
    return buffer.getvalue()


def frame_csv(frame: pd.DataFrame, *, index: bool = False) -> str:
    """Return a frame as CSV text; `index` writes the row names as the first columns, too."""
    flat = frame.reset_index() if index else frame
    # Position by position: a query may give two columns one name.
    columns = [_inert_column(flat.iloc[:, at]) for at in range(flat.shape[1])]
    header = [inert(str(name)) for name in flat.columns]
    if not columns:
        return str(flat.to_csv(index=False))
    import pandas as pd

    safe = pd.concat(columns, axis=1, keys=range(len(columns)))
    return str(safe.to_csv(index=False, header=header, lineterminator="\n"))


def _inert_column(cells: pd.Series[Any]) -> pd.Series[Any]:
    # Numbers, times and booleans stay: their text is never run as a formula.
    return cells if cells.dtype.kind in "biufcmM" else cells.map(_as_cell)


def _as_cell(value: Any) -> Any:
    # Lists and structs of a query are written as their text, which may begin with anything.
    return inert(str(value)) if isinstance(value, list | dict | tuple | bytes) else inert(value)
