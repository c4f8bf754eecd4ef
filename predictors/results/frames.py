"""How a notebook shows a table: chosen columns, three digits, names escaped, sentences above and below."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from predictors.results.rounding import short

if TYPE_CHECKING:
    import pandas as pd


def html_table(frame: pd.DataFrame, columns: tuple[str, ...], above: list[str], below: list[str]) -> str:
    """The named columns that `frame` has as an HTML table, each sentence a paragraph."""
    shown = frame[[name for name in columns if name in frame.columns]]
    table: str = shown.to_html(index=False, escape=True, float_format=short, na_rep="")
    before, after = ("".join(f"<p>{escape(text)}</p>" for text in texts) for texts in (above, below))
    return f"{before}{table}{after}"


def versions_line(data_version: str, method_version: str) -> str:
    """What every table ends with."""
    return f"data {data_version}, method {method_version}; 80 % intervals"


def total_line(target: str, energy_mj: float, low_mj: float, high_mj: float, ms: float, evidence: str) -> str:
    """What stands above the kernels of an estimate."""
    return (
        f"{target}: {short(energy_mj)} mJ, 8 in 10 times {short(low_mj)} to {short(high_mj)} mJ; "
        f"{short(ms)} ms; {evidence}"
    )
