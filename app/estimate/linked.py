"""What the parts of an estimate share: the selected kernel, its line of words and the table of kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st

from app.estimate.what_if import Case
from app.i18n.formats import energy, energy_range, in_words, latency, literal, percent, power
from app.i18n.messages import tell
from app.i18n.texts import mark, t
from app.models.model import Model
from app.ui.glossary import explain
from app.ui.kept_tables import kept_table
from app.ui.print_view import on_paper, print_table
from app.ui.tables import readable
from predictors.errors import printable
from predictors.results.estimates import Estimate
from predictors.results.report import ModelReport
from predictors.results.targets import Target

SELECTED: Final = "kernel_selected"
TABLE: Final = "kernel_table_version"
TABLE_PX: Final = 330  # nine rows, so that picture and table fit on one screen
ROW_PX: Final = 35  # height of a row of Streamlit's tables
PRINTED: Final = (
    "#", mark("Kernel"), mark("Energy (mJ)"), mark("Low (mJ)"), mark("High (mJ)"), mark("Latency (ms)"),
    mark("Source"),
)  # fmt: skip
"""Columns of the kernels that fit on a sheet."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the sections show: a model, what it is estimated for, the report, its kernels as a table, and the
    case that was asked for."""

    model: Model
    choice: Target
    report: ModelReport
    kernels: pd.DataFrame
    case: Case

    @property
    def estimate(self) -> Estimate:
        """The estimate of the chosen device."""
        return self.report.estimates[0]


def scope_of(shown: Shown) -> tuple[str, Target]:
    return shown.model.key, shown.choice


def selected_of(shown: Shown) -> int | None:
    """Return the index of the kernel selected in this very estimate."""
    scope, index = st.session_state.get(SELECTED, (None, None))
    return index if scope == scope_of(shown) else None


def pick_point(key: str, scope: tuple[str, Target]) -> None:
    points = st.session_state[key]["selection"]["points"]
    index = int(points[0]["customdata"][0]) if points else None
    st.session_state[SELECTED] = (scope, index)
    # A new key makes the table start from the selection made in the picture.
    st.session_state[TABLE] = st.session_state.get(TABLE, 0) + 1


def _pick_row(key: str, indices: list[int], scope: tuple[str, Target]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    st.session_state[SELECTED] = (scope, indices[rows[0]] if rows and rows[0] < len(indices) else None)


def show_selected(kernels: pd.DataFrame, selected: int | None) -> None:
    """Say everything about the selected kernel in a line that is there from the start, so nothing jumps."""
    found = kernels[kernels["index"] == selected]
    if found.empty:
        st.markdown(t("No kernel selected."))
        return
    st.markdown(kernel_line(found.iloc[0]))


def kernel_line(kernel: pd.Series) -> str:
    """Return one kernel in words (Markdown; the name from the file is escaped)."""
    sentence = _KERNEL if kernel["in_range"] else _KERNEL_OUTSIDE
    return t(
        sentence,
        index=kernel["index"],
        name=literal(printable(kernel["name"], 60)),
        words=kernel["words"],
        energy=energy(kernel["energy_mj"]),
        interval=in_words(energy_range(kernel["energy_mj_low"], kernel["energy_mj_high"])),
        share=percent(kernel["share"], 2),
        latency=latency(kernel["latency_ms"]),
        power=power(kernel["power_w"]),
        evidence=tell(kernel["evidence"]),
        law=literal(tell(str(kernel["law"]))),
    )


_KERNEL: Final = mark(
    "**Kernel {index}, {name}**: {words}, {energy} ({interval}), {share} of the energy, {latency} at {power}"
    "; {evidence}, {law}."
)
_KERNEL_OUTSIDE: Final = mark(
    "**Kernel {index}, {name}**: {words}, {energy} ({interval}), {share} of the energy, {latency} at {power}"
    "; {evidence}, {law}, outside the measured sizes."
)


def show_kernel_table(shown: Shown, selected: int | None) -> None:
    kernels, about = shown.kernels, t("Kernels in execution order with energy, interval, latency and power")
    if on_paper():
        print_table(kernel_table(kernels), about, [t(name) for name in PRINTED])
        return
    indices = [int(index) for index in kernels["index"]]
    rows = [indices.index(selected)] if selected in indices else []
    key = f"kernel_table_{st.session_state.get(TABLE, 0)}"
    about_sample = scope_of(shown) if shown.model.sample_id else None
    st.dataframe(
        kept_table(about_sample, lambda: readable(kernel_table(kernels)))
        if about_sample
        else readable(kernel_table(kernels)),
        hide_index=True,
        height=min(TABLE_PX, ROW_PX * (len(kernels) + 1) + 3),
        key=key,
        on_select=lambda: _pick_row(key, indices, scope_of(shown)),
        selection_mode="single-row",
        selection_default={"selection": {"rows": rows}},
        placeholder="",
        alt=about,
        column_config={
            t("Name"): st.column_config.TextColumn(width=150),
            t("Million MACs"): st.column_config.NumberColumn(help=explain("MAC")),
            t("Source"): st.column_config.TextColumn(
                help=explain("predicted", "approximated", "unsupported")
            ),
        },
    )


def kernel_table(kernels: pd.DataFrame) -> pd.DataFrame:
    """Return the kernels as shown: a number column per quantity, in the unit its heading names."""
    return pd.DataFrame(
        {
            "#": kernels["index"],
            t("Kernel"): kernels["words"],
            t("Name"): kernels["name"].map(lambda name: printable(name, 60)),
            t("Energy (mJ)"): kernels["energy_mj"],
            t("Low (mJ)"): kernels["energy_mj_low"],
            t("High (mJ)"): kernels["energy_mj_high"],
            t("Share (%)"): 100.0 * kernels["share"],
            t("Latency (ms)"): kernels["latency_ms"],
            t("Power (W)"): kernels["power_w"],
            t("Million MACs"): kernels["macs"] / 1e6,
            t("Output"): kernels["output"],
            t("Operators"): kernels["ops"],
            t("Source"): kernels["evidence"].map(tell),
            t("By"): kernels["law"].map(lambda law: tell(str(law))),
        }
    )
