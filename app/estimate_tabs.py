"""The parts of an estimate: kernels, types, timeline, devices, export. Only the open tab is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.kernel_bars import CROWDED, kernel_bars
from app.charts.kind_share import kind_share
from app.charts.power_steps import power_steps
from app.errors import boundary
from app.estimate_advice import show_advice
from app.estimate_devices import show_devices
from app.estimate_export import show_export
from app.estimate_frames import kind_frame, power_frame, timeless_energy_mj
from app.estimate_headline import figures_text
from app.estimate_model import Choice, Model
from app.estimate_split import show_split
from app.estimate_two import show_two
from app.estimate_words import kind_words, several
from app.formats import energy, energy_range, in_words, latency, literal, percent, power
from app.model_meaning import show_model_meaning
from predictors.errors import printable
from predictors.estimates import Estimate
from predictors.report import ModelReport

SELECTED: Final = "kernel_selected"
TABLE: Final = "kernel_table_version"
TABLE_PX: Final = 330
ROW_PX: Final = 35
SAME: Final = "The same figures are in the table."


@dataclass(frozen=True, slots=True)
class Shown:
    """What the tabs show: a model, what it is estimated for, the report and its kernels as a table."""

    model: Model
    choice: Choice
    report: ModelReport
    kernels: pd.DataFrame

    @property
    def estimate(self) -> Estimate:
        """The estimate of the chosen device."""
        return self.report.estimates[0]


def show_tabs(shown: Shown) -> None:
    """Show the tabs; the open one is in the address."""
    tabs = st.tabs(list(TABS), key="view", bind="query-params")
    for tab, (name, show) in zip(tabs, TABS.items(), strict=True):
        if tab.open:
            with tab, boundary(f"estimate, {name}"):
                show(shown)


def show_kernels(shown: Shown) -> None:
    """A bar per kernel in execution order, linked to the table."""
    kernels, selected = shown.kernels, _selected(shown)
    st.plotly_chart(
        kernel_bars(kernels, selected),
        config=CONFIG,
        key="kernel_bars",
        selection_mode="points",
        on_select=lambda: _pick_point("kernel_bars", _scope(shown)),
        alt=f"Energy of each kernel in execution order. {figures_text(shown.estimate)} {SAME}",
    )
    marks = "Whiskers: 8 in 10 times within. Hatched: approximated by a named law."
    if len(kernels) > CROWDED:
        marks = "So many kernels leave no room for whiskers: point at a bar for its interval."
    st.caption(f"{marks} A click on a bar or a row selects the kernel in both.")
    _show_selected(kernels, selected)
    _kernel_table(shown, selected)


def show_kinds(shown: Shown) -> None:
    """Share of the energy by kernel type, largest first."""
    kinds = kind_frame(shown.kernels)
    if kinds.empty:
        st.info("This model has no kernels to compare.")
        return
    largest = kinds.iloc[0]
    sentence = (
        f"Of the energy, {percent(largest['share'], 2)} goes into "
        f"{several(int(largest['kernels']), kind_words(largest['kind']))}."
    )
    st.markdown(sentence)
    st.plotly_chart(kind_share(kinds), config=CONFIG, key="kind_share", alt=f"{sentence} {SAME}")
    table = pd.DataFrame(
        {
            "Kernel type": kinds["words"],
            "Kernels": kinds["kernels"],
            "Share of energy": kinds["share"].map(lambda share: percent(share)),
            "Energy": kinds["energy_mj"].map(energy),
            "Latency": kinds["latency_ms"].map(latency),
            "Million MACs": kinds["macs"] / 1e6,
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        alt="Energy by kernel type",
        column_config={"Million MACs": st.column_config.NumberColumn(format="%.3g")},
    )


def show_timeline(shown: Shown) -> None:
    """Predicted power over one inference; its area is the energy."""
    steps, estimate, selected = power_frame(shown.kernels), shown.estimate, _selected(shown)
    if steps.empty:
        st.info("No time is predicted for any kernel here, so there is no timeline.")
        return
    peak = steps.loc[steps["step_w"].idxmax()]
    sentence = (
        f"One inference as predicted, not measured: {latency(estimate.latency_ms)} at "
        f"{power(estimate.avg_power_w)} on average, most in kernel {peak['index']} with "
        f"{power(peak['step_w'])}. The coloured area is the energy, {energy(estimate.energy_mj)}."
    )
    st.badge("Predicted, not measured", icon=":material/insights:", color="gray")
    st.markdown(sentence)
    idle_w = estimate.idle_energy_mj / estimate.latency_ms if estimate.latency_ms > 0 else 0.0
    st.plotly_chart(
        power_steps(steps, idle_w, selected),
        config=CONFIG,
        key="power_steps",
        selection_mode="points",
        on_select=lambda: _pick_point("power_steps", _scope(shown)),
        alt=f"Predicted power over one inference. {sentence} {SAME}",
    )
    st.caption(_timeline_words(shown.kernels))
    _show_selected(shown.kernels, selected)
    _kernel_table(shown, selected)


def _timeline_words(kernels: pd.DataFrame) -> str:
    words = "Width: latency of a kernel. Height: its mean power. Area: its energy. Grey band: its interval."
    timeless = timeless_energy_mj(kernels)
    if timeless > 0:
        words += (
            f" {energy(timeless)} of kernels without a predicted time is spread evenly over the inference."
        )
    return words


def _scope(shown: Shown) -> tuple[str, Choice]:
    return shown.model.key, shown.choice


def _selected(shown: Shown) -> int | None:
    """Return the index of the kernel selected in this very estimate."""
    scope, index = st.session_state.get(SELECTED, (None, None))
    return index if scope == _scope(shown) else None


def _pick_point(key: str, scope: tuple[str, Choice]) -> None:
    points = st.session_state[key]["selection"]["points"]
    index = int(points[0]["customdata"][0]) if points else None
    st.session_state[SELECTED] = (scope, index)
    # A new key makes the table start from the selection made in the picture.
    st.session_state[TABLE] = st.session_state.get(TABLE, 0) + 1


def _pick_row(key: str, indices: list[int], scope: tuple[str, Choice]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    st.session_state[SELECTED] = (scope, indices[rows[0]] if rows and rows[0] < len(indices) else None)


def _show_selected(kernels: pd.DataFrame, selected: int | None) -> None:
    """Say everything about the selected kernel in a line that is there from the start, so nothing jumps."""
    found = kernels[kernels["index"] == selected]
    if found.empty:
        st.markdown("No kernel selected.")
        return
    st.markdown(kernel_line(found.iloc[0]))


def kernel_line(kernel: pd.Series) -> str:
    """Return one kernel in words (Markdown; the name from the file is escaped)."""
    outside = "" if kernel["in_range"] else ", outside the measured sizes"
    interval = in_words(energy_range(kernel["energy_mj_low"], kernel["energy_mj_high"]))
    return (
        f"**Kernel {kernel['index']}, {literal(printable(kernel['name'], 60))}**: {kernel['words']}, "
        f"{energy(kernel['energy_mj'])} ({interval}), {percent(kernel['share'], 2)} of the energy, "
        f"{latency(kernel['latency_ms'])} at {power(kernel['power_w'])}; {kernel['evidence']}, "
        f"{literal(str(kernel['law']))}{outside}."
    )


def _kernel_table(shown: Shown, selected: int | None) -> None:
    kernels = shown.kernels
    indices = [int(index) for index in kernels["index"]]
    rows = [indices.index(selected)] if selected in indices else []
    key = f"kernel_table_{st.session_state.get(TABLE, 0)}"
    st.dataframe(
        kernel_table(kernels),
        hide_index=True,
        height=min(TABLE_PX, ROW_PX * (len(kernels) + 1) + 3),
        key=key,
        on_select=lambda: _pick_row(key, indices, _scope(shown)),
        selection_mode="single-row",
        selection_default={"selection": {"rows": rows}},
        alt="Kernels in execution order with energy, interval, latency and power",
        column_config=_KERNEL_COLUMNS,
    )


def kernel_table(kernels: pd.DataFrame) -> pd.DataFrame:
    """Return the kernels as shown: a number column per quantity, in the unit its heading names."""
    return pd.DataFrame(
        {
            "#": kernels["index"],
            "Kernel": kernels["words"],
            "Name": kernels["name"].map(lambda name: printable(name, 60)),
            "Energy (mJ)": kernels["energy_mj"],
            "Low (mJ)": kernels["energy_mj_low"],
            "High (mJ)": kernels["energy_mj_high"],
            "Share (%)": 100.0 * kernels["share"],
            "Latency (ms)": kernels["latency_ms"],
            "Power (W)": kernels["power_w"],
            "Million MACs": kernels["macs"] / 1e6,
            "Output": kernels["output"],
            "Operators": kernels["ops"],
            "Obtained": kernels["evidence"],
            "By": kernels["law"],
        }
    )


def _three_digits(width: int = 90) -> object:
    return st.column_config.NumberColumn(format="%.3g", width=width)


_KERNEL_COLUMNS: Final = {
    "#": st.column_config.NumberColumn(width=45),
    "Kernel": st.column_config.TextColumn(width=165),
    "Name": st.column_config.TextColumn(width=150),
    **{
        name: _three_digits()
        for name in (
            "Energy (mJ)",
            "Low (mJ)",
            "High (mJ)",
            "Share (%)",
            "Latency (ms)",
            "Power (W)",
            "Million MACs",
        )
    },
}

TABS: Final[dict[str, Callable[[Shown], None]]] = {
    "Kernels": show_kernels,
    "By type": show_kinds,
    "Timeline": show_timeline,
    "Every device": lambda shown: show_devices(shown.model, shown.choice),
    "Meaning and label": lambda shown: show_model_meaning(shown.model, shown.choice, shown.report),
    "Advice": lambda shown: show_advice(shown.model, shown.choice, shown.report),
    "Two models": lambda shown: show_two(shown.model, shown.choice, shown.report),
    "Split": lambda shown: show_split(shown.model, shown.choice, shown.report),
    "Export": lambda shown: show_export(shown.model, shown.choice, shown.report),
}
"""Name of each tab and what it shows, left to right."""
