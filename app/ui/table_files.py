"""A table of a page as a file: CSV for a spreadsheet, Markdown for an issue, LaTeX for a paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pandas as pd

from app.i18n.texts import verbatim
from data.inert_csv import frame_csv
from predictors.errors import printable
from predictors.exports.documents import in_latex, in_markdown

DIGITS: Final = 7
"""Significant digits of a fraction in a document, as everywhere in exports; a CSV has all of them."""
LONGEST: Final = 200  # characters of a cell in a document


@dataclass(frozen=True, slots=True)
class TableFile:
    """One form: its name, the ending and type of its file, and what writes it (table, title, source)."""

    name: str
    suffix: str
    mime: str
    write: Callable[[pd.DataFrame, str, str], str]


def table_csv(table: pd.DataFrame, _title: str, _source: str) -> str:
    """Return a table as CSV that no spreadsheet runs."""
    return frame_csv(table)


def table_markdown(table: pd.DataFrame, title: str, source: str) -> str:
    """Return a table as Markdown, its title above, its source below."""
    columns = [str(name) for name in table.columns]
    lines = [
        f"**{in_markdown(title)}**",
        "",
        f"| {' | '.join(map(in_markdown, columns))} |",
        f"|{'|'.join(_rule(table.iloc[:, at]) for at in range(table.shape[1]))}|",
        *(f"| {' | '.join(_cell(each, in_markdown) for each in row)} |" for row in _rows(table)),
        "",
        in_markdown(source),
    ]
    return "\n".join(lines) + "\n"


def table_latex(table: pd.DataFrame, title: str, source: str) -> str:
    """Return a table as a LaTeX `table` that needs no packages, title and source in its caption."""
    sides = "".join("r" if _is_number(table.iloc[:, at]) else "l" for at in range(table.shape[1]))
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\begin{{tabular}}{{{sides}}}",
        r"\hline",
        " & ".join(in_latex(str(name)) for name in table.columns) + r" \\",
        r"\hline",
        *(" & ".join(_cell(each, in_latex) for each in row) + r" \\" for row in _rows(table)),
        r"\hline",
        r"\end{tabular}",
        rf"\caption{{{in_latex(title)} {in_latex(source)}}}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _rows(table: pd.DataFrame) -> list[tuple[object, ...]]:
    return [tuple(row) for row in table.itertuples(index=False, name=None)]


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _rule(column: pd.Series) -> str:
    return "---:" if _is_number(column) else "---"


def _cell(value: object, escaped: Callable[[str], str]) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.{DIGITS}g}"
    return "" if value is None else escaped(printable(str(value), LONGEST))


FORMS: Final = (
    TableFile(verbatim("CSV"), "csv", "text/csv", table_csv),
    TableFile(verbatim("Markdown"), "md", "text/markdown", table_markdown),
    TableFile(verbatim("LaTeX"), "tex", "application/x-tex", table_latex),
)
