"""The table that networks and their figures are typed into: cells stay as they were typed.

A cell of numbers would turn a pasted `3,4` into 34 and drop `60 mJ` in silence. So the cells are text, which
the reader of files reads: `table_cells`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from app.i18n.texts import t
from app.ui.glossary import explain
from app.ui.print_view import on_paper, show_data
from app.your_device.networks import first_three
from app.your_device.own_models import own_names
from data.inert_csv import frame_csv
from predictors.energy.calibrated.device_rows import PRECISIONS, MeasuredTable, read_table
from predictors.energy.calibrated.table_cells import pointed

if TYPE_CHECKING:
    from predictors.energy.calibrated.checked import UnitSlip

BASE, TYPED, VERSION, OFFERED = "cal_base", "cal_typed", "cal_version", "cal_precision"
MODEL, PRECISION, ENERGY, LATENCY = COLUMNS = "model", "precision", "energy_mj", "latency_ms"
FIGURES: Final = [ENERGY, LATENCY]


def as_typed(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its figures as somebody would have typed them, every digit of them."""
    return table.assign(**{column: [_cell(each) for each in table[column]] for column in FIGURES})


def _cell(value: object) -> str | None:
    if isinstance(value, float):
        return None if pd.isna(value) else repr(value).removesuffix(".0")
    return None if value is None or pd.isna(value) else str(value)


def put_table(table: pd.DataFrame) -> None:
    """Show this table, in the place of what was typed."""
    st.session_state[BASE] = as_typed(table)
    # A new key, so that the editor starts from the new table and forgets what was typed into the old one.
    st.session_state[VERSION] = st.session_state.get(VERSION, 0) + 1


def offer() -> None:
    """Put the networks to measure in the precision that was chosen below the rows that have figures."""
    typed = st.session_state[TYPED]
    precision = str(st.session_state[OFFERED])
    add_rows(first_three(precision), precision, typed[_given(typed).any(axis=1)])


def add_rows(models: Sequence[str], precision: str, below: pd.DataFrame | None = None) -> None:
    """Put networks without figures at the end of the table, where they don't stand in it yet."""
    table = st.session_state[TYPED] if below is None else below
    taken = set(zip(table[MODEL], table[PRECISION], strict=True))
    new = without_figures([model for model in models if (model, precision) not in taken], precision)
    put_table(pd.concat([table, new], ignore_index=True) if len(table) else new)


def without_figures(models: Sequence[str], precision: str) -> pd.DataFrame:
    """A table of networks whose figures are still to come."""
    return pd.DataFrame([(model, precision, None, None) for model in models], columns=list(COLUMNS))


def edit(precision: str) -> pd.DataFrame:
    """Let networks and their figures be typed."""
    from predictors.energy.calibrated.conditioning import STANDARD_ORDER
    from predictors.samples import SAMPLES

    if BASE not in st.session_state:
        put_table(without_figures(first_three(precision), precision))
    if on_paper():
        return _on_sheet()
    base = st.session_state[BASE]
    known = list(dict.fromkeys([*STANDARD_ORDER, *SAMPLES, *own_names(), *base[MODEL].dropna()]))
    column = st.column_config
    edited = st.data_editor(
        base,
        key=f"cal_table_{st.session_state[VERSION]}",
        num_rows="dynamic",
        hide_index=True,
        placeholder="",
        alt=t("Measured networks with their energy and latency, to fill in"),
        column_config={
            MODEL: column.SelectboxColumn(t("Network"), options=known, required=True, width=170),
            PRECISION: column.SelectboxColumn(
                t("Precision"), options=list(PRECISIONS), default=precision, required=True, width=110
            ),
            ENERGY: column.TextColumn(
                t("Energy (mJ)"), help=explain("energy per inference"), width=112, alignment="right"
            ),
            LATENCY: column.TextColumn(
                t("Latency (ms)"), help=explain("latency"), width=118, alignment="right"
            ),
        },
    )
    st.caption(
        t(
            "Per inference. The latency is welcome, not needed. Nothing is stored: the device lives in this "
            "session, and in the files that you download."
        )
    )
    st.session_state[TYPED] = pd.DataFrame(edited)
    return pd.DataFrame(edited)


def _on_sheet() -> pd.DataFrame:
    """Show the rows that have figures, and keep all for the table on the screen, which paper has not."""
    typed: pd.DataFrame = st.session_state.get(TYPED, st.session_state[BASE])
    put_table(typed)
    headings = {
        MODEL: t("Network"), PRECISION: t("Precision"), ENERGY: t("Energy (mJ)"), LATENCY: t("Latency (ms)"),
    }  # fmt: skip
    filled = typed[_given(typed).any(axis=1)]
    show_data(filled.rename(columns=headings), t("Measured networks with their energy and latency"))
    return typed


def is_filled(table: pd.DataFrame) -> bool:
    """Whether any figure was typed."""
    return bool(_given(table).to_numpy().any())


def _given(table: pd.DataFrame) -> pd.DataFrame:
    """Of each figure whether something was typed: blanks are nothing."""
    return table[FIGURES].map(lambda cell: isinstance(cell, str) and bool(cell.strip()))


def read_typed(table: pd.DataFrame) -> MeasuredTable:
    """The typed table, read as a file is: its first row is row 1. Raises what `read_table` raises.

    Rows without any figure are empty lines, so that rows keep their numbers.
    """
    kept, given = table[list(COLUMNS)].copy(), _given(table)
    for column in FIGURES:
        kept[column] = [pointed(cell) if isinstance(cell, str) else None for cell in table[column]]
    kept.loc[~given.any(axis=1), list(COLUMNS)] = None
    return read_table(frame_csv(kept if given[ENERGY].any() else kept.drop(columns=ENERGY)), first_line=0)


def convert(slips: Sequence[UnitSlip]) -> None:
    """Convert the figures that are in another unit."""
    table = st.session_state[TYPED].copy()
    for row in read_typed(table).rows:
        for slip in slips:
            value = getattr(row, slip.column)
            if (row.precision, row.model) == (slip.row.precision, slip.row.model) and value is not None:
                table.iloc[row.line - 1, list(table.columns).index(slip.column)] = _cell(
                    float(f"{value * slip.factor:.12g}")
                )
    put_table(table)
