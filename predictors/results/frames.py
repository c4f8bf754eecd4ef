"""How a notebook shows a table: rounded figures, chosen columns, names escaped, sentences around it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


DIGITS = 7
"""Significant digits of figures in files.

The same estimate differs by up to 1e-11 of itself with the number of threads of the linear algebra library
(170,000 figures of four networks on every target, one thread against two). Rounded to 10 digits 192 of these
figures still differed, to 8 digits 2, to 7 digits none. Seven digits are ten thousand times finer than any
interval.
"""


def rounded(figure: float, digits: int = DIGITS) -> float:
    """The figure with `digits` significant digits; infinities and NaN as they are."""
    return float(f"{figure:.{digits - 1}e}")


def short(figure: float, digits: int = 3, sign: str = "") -> str:
    """A figure for people: so many significant digits, without an exponent below a million ("1190").

    `sign` "+" writes the sign of positive figures too.
    """
    return f"{rounded(figure, digits):{sign}.6g}"


def rounded_ratio(numerator: float, denominator: float) -> float:
    """A ratio of two figures as they are written, so that a reader who divides them finds it; 0 over 0."""
    return rounded(rounded(numerator) / rounded(denominator)) if denominator > 0 else 0.0


def html_table(frame: pd.DataFrame, columns: tuple[str, ...], above: list[str], below: list[str]) -> str:
    """The named columns that `frame` has as an HTML table, each sentence a paragraph."""
    shown = frame[[name for name in columns if name in frame.columns]]
    table: str = shown.to_html(index=False, escape=True, float_format=short, na_rep="")
    before, after = ("".join(f"<p>{escape(text)}</p>" for text in texts) for texts in (above, below))
    return f"{before}{table}{after}"


def versions_line(data_version: str, method_version: str) -> str:
    """The last line of every table: versions and the level of intervals."""
    return f"data {data_version}, method {method_version}; 80 % intervals"


def total_line(target: str, energy_mj: float, low_mj: float, high_mj: float, ms: float, evidence: str) -> str:
    """The line above the kernels of an estimate: target, energy, range, latency, evidence."""
    return (
        f"{target}: {short(energy_mj)} mJ, 8 in 10 times {short(low_mj)} to {short(high_mj)} mJ; "
        f"{short(ms)} ms; {evidence}"
    )
