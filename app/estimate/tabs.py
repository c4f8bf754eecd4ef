"""The parts of an estimate: kernels, types, timeline, devices, export. Only the open tab is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.kernel_bars import CROWDED, kernel_bars, kind_share
from app.charts.power_steps import power_steps
from app.estimate.advice import show_advice
from app.estimate.devices import show_devices
from app.estimate.export import show_export
from app.estimate.frames import kind_frame, power_frame, timeless_energy_mj
from app.estimate.headline import figures_text
from app.estimate.meaning import show_model_meaning
from app.estimate.split import show_split
from app.estimate.two import show_two
from app.i18n.formats import energy, energy_range, in_words, latency, literal, percent, power
from app.i18n.messages import tell
from app.i18n.texts import mark, t
from app.memo import kept_under
from app.models.model import Choice, Model
from app.ui.boundary import boundary
from app.ui.glossary import explain
from app.ui.kernel_names import several
from app.ui.print_view import on_paper, picture_width, print_table
from app.ui.tables import readable
from app.url_state import widgets
from predictors.errors import printable
from predictors.results.estimates import Estimate
from predictors.results.report import ModelReport

SELECTED: Final = "kernel_selected"
TABLE: Final = "kernel_table_version"
TABLE_PX: Final = 330
ROW_PX: Final = 35
PRINTED: Final = (
    "#", mark("Kernel"), mark("Energy (mJ)"), mark("Low (mJ)"), mark("High (mJ)"), mark("Latency (ms)"),
    mark("Source"),
)  # fmt: skip
"""Columns of the kernels that fit on a sheet."""


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
    opened, tabs = widgets.tabs({each: t(name) for each, (name, _) in TABS.items()}, "view")
    with tabs[opened], boundary(f"estimate, {opened}"):
        TABS[opened][1](shown)


def show_kernels(shown: Shown) -> None:
    """A bar per kernel in execution order, linked to the table."""
    kernels, selected = shown.kernels, _selected(shown)
    if shown.model.sample_id:
        figure = kept_under((shown.model.key, shown.choice, selected), kernel_bars, kernels, selected)
    else:
        figure = kernel_bars(kernels, selected)
    st.plotly_chart(
        figure,
        config=CONFIG,
        width=picture_width(),
        key="kernel_bars",
        selection_mode="points",
        on_select=lambda: _pick_point("kernel_bars", _scope(shown)),
        alt=t(
            "Energy of each kernel in execution order. {figures} The same figures are in the table.",
            figures=figures_text(shown.estimate),
        ),
    )
    marks = t(_CROWDED if len(kernels) > CROWDED else _MARKS)
    st.caption(f"{marks} {t(_HOW_TO_SELECT)}")
    _show_selected(kernels, selected)
    _kernel_table(shown, selected)


def show_kinds(shown: Shown) -> None:
    """Share of the energy by kernel type, largest first."""
    kinds = kind_frame(shown.kernels)
    if kinds.empty:
        st.info(t("This model has no kernels to compare."))
        return
    largest = kinds.iloc[0]
    sentence = t(
        "Of the energy, {share} goes into {kernels}.",
        share=percent(largest["share"], 2),
        kernels=several(int(largest["kernels"]), str(largest["kind"])),
    )
    st.markdown(sentence)
    st.plotly_chart(
        kind_share(kinds),
        config=CONFIG,
        width=picture_width(),
        key="kind_share",
        alt=t("{sentence} The same figures are in the table.", sentence=sentence),
    )
    if on_paper():
        table = kind_table(kinds)
        print_table(table, t("Energy by kernel type"), list(table.columns))
    else:
        st.dataframe(readable(kind_table(kinds)), hide_index=True, alt=t("Energy by kernel type"))


def kind_table(kinds: pd.DataFrame) -> pd.DataFrame:
    """Return the kernel types as shown: a number column per quantity, in the unit its heading names."""
    return pd.DataFrame(
        {
            t("Kernel type"): kinds["words"],
            t("Kernels"): kinds["kernels"],
            t("Share (%)"): 100.0 * kinds["share"],
            t("Energy (mJ)"): kinds["energy_mj"],
            t("Latency (ms)"): kinds["latency_ms"],
            t("Million MACs"): kinds["macs"] / 1e6,
        }
    )


def show_timeline(shown: Shown) -> None:
    """Predicted power over one inference; its area is the energy."""
    steps, selected = power_frame(shown.kernels), _selected(shown)
    estimate = shown.estimate.at_kernels()  # one kernel after the other, without what the application adds
    if steps.empty:
        st.info(t("No time is predicted for any kernel here, so there is no timeline."))
        return
    peak = steps.loc[steps["step_w"].idxmax()]
    sentence = t(
        "One inference as predicted, not measured: {latency} at {power} on average, most in kernel {index} "
        "with {peak}. The coloured area is the energy, {energy}.",
        latency=latency(estimate.latency_ms),
        power=power(estimate.avg_power_w),
        index=peak["index"],
        peak=power(peak["step_w"]),
        energy=energy(estimate.energy_mj),
    )
    st.badge(t("Predicted, not measured"), icon=":material/insights:", color="gray")
    st.markdown(sentence)
    idle_w = estimate.idle_energy_mj / estimate.latency_ms if estimate.latency_ms > 0 else 0.0
    st.plotly_chart(
        power_steps(steps, idle_w, selected),
        config=CONFIG,
        width=picture_width(),
        key="power_steps",
        selection_mode="points",
        on_select=lambda: _pick_point("power_steps", _scope(shown)),
        alt=t(
            "Predicted power over one inference. {sentence} The same figures are in the table.",
            sentence=sentence,
        ),
    )
    st.caption(_timeline_words(shown.kernels))
    _show_selected(shown.kernels, selected)
    _kernel_table(shown, selected)


def _timeline_words(kernels: pd.DataFrame) -> str:
    words = t(
        "Width: latency of a kernel. Height: its mean power. Area: its energy. Grey band: its interval."
    )
    timeless = timeless_energy_mj(kernels)
    if timeless <= 0:
        return words
    spread = t(
        "{energy} of kernels without a predicted time is spread evenly over the inference.",
        energy=energy(timeless),
    )
    return f"{words} {spread}"


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


def _kernel_table(shown: Shown, selected: int | None) -> None:
    kernels, about = shown.kernels, t("Kernels in execution order with energy, interval, latency and power")
    if on_paper():
        print_table(kernel_table(kernels), about, [t(name) for name in PRINTED])
        return
    indices = [int(index) for index in kernels["index"]]
    rows = [indices.index(selected)] if selected in indices else []
    key = f"kernel_table_{st.session_state.get(TABLE, 0)}"
    st.dataframe(
        readable(kernel_table(kernels)),
        hide_index=True,
        height=min(TABLE_PX, ROW_PX * (len(kernels) + 1) + 3),
        key=key,
        on_select=lambda: _pick_row(key, indices, _scope(shown)),
        selection_mode="single-row",
        selection_default={"selection": {"rows": rows}},
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


_MARKS: Final = mark("Thin lines: 80 % range. Hatched: rough estimate.")
_CROWDED: Final = mark("So many kernels leave no room for whiskers: point at a bar for its interval.")
_HOW_TO_SELECT: Final = mark(
    "A click on a bar or a row selects the kernel in both; so do the arrow keys in the table, then Shift and "
    "the space bar."
)

TABS: Final[dict[str, tuple[str, Callable[[Shown], None]]]] = {
    "kernels": (mark("Kernels"), show_kernels),
    "types": (mark("By type"), show_kinds),
    "timeline": (mark("Timeline"), show_timeline),
    "devices": (mark("Every device"), lambda shown: show_devices(shown.model, shown.choice)),
    "meaning": (
        mark("Meaning and label"),
        lambda shown: show_model_meaning(shown.model, shown.choice, shown.report),
    ),
    "advice": (mark("Advice"), lambda shown: show_advice(shown.model, shown.choice, shown.report)),
    "two": (mark("Two models"), lambda shown: show_two(shown.model, shown.choice, shown.report)),
    "split": (mark("Split"), lambda shown: show_split(shown.model, shown.choice, shown.report)),
    "export": (mark("Export"), lambda shown: show_export(shown.model, shown.choice, shown.report)),
}
"""Id of each tab, its name and what it shows, left to right."""
