"""The five sections of an estimate and their parts. Only what is open is computed.

Predicted power over one inference, linked to the table of kernels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.power_steps import power_steps
from app.estimate.advice import show_advice
from app.estimate.devices import show_devices
from app.estimate.export import show_export
from app.estimate.frames import power_frame, timeless_energy_mj
from app.estimate.levers import show_levers
from app.estimate.linked import (
    Shown,
    pick_point,
    scope_of,
    selected_of,
    show_kernel_table,
    show_selected,
)
from app.estimate.meaning import show_model_meaning
from app.estimate.split import show_split
from app.estimate.two import show_two
from app.estimate.where import show_bars, show_flame, show_graph, show_kinds
from app.i18n.formats import energy, latency, power
from app.i18n.texts import mark, t
from app.ui.boundary import boundary
from app.ui.print_view import picture_width
from app.url_state import widgets


def show_timeline(shown: Shown) -> None:
    """Predicted power over one inference; its area is the energy."""
    steps, selected = power_frame(shown.kernels), selected_of(shown)
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
        on_select=lambda: pick_point("power_steps", scope_of(shown)),
        alt=t(
            "Predicted power over one inference. {sentence} The same figures are in the table.",
            sentence=sentence,
        ),
    )
    st.caption(_timeline_words(shown.kernels))
    show_selected(shown.kernels, selected)
    show_kernel_table(shown, selected)


def _timeline_words(kernels: pd.DataFrame) -> str:
    words = t(
        "Width: latency of a kernel. Height: its mean power. Area: its energy. Grey band: the 80 % range of "
        "its energy over this width; how far the time itself is off is not in it."
    )
    timeless = timeless_energy_mj(kernels)
    if timeless <= 0:
        return words
    spread = t(
        "{energy} of kernels without a predicted time is spread evenly over the inference.",
        energy=energy(timeless),
    )
    return f"{words} {spread}"


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its name and its parts, by id: name and what shows it."""

    name: str
    parts: dict[str, tuple[str, Callable[[Shown], None]]]


SECTIONS: Final[dict[str, Section]] = {
    "where": Section(
        mark("Where it goes"),
        {
            "kernels": (mark("Bars"), show_bars),
            "flame": (mark("Flame graph"), show_flame),
            "graph": (mark("Graph"), show_graph),
            "types": (mark("By type"), show_kinds),
        },
    ),
    "time": Section(mark("Over time"), {"timeline": (mark("Timeline"), show_timeline)}),
    "everywhere": Section(
        mark("Everywhere"),
        {"devices": (mark("Every device"), lambda shown: show_devices(shown.model, shown.choice))},
    ),
    "change": Section(
        mark("Change it"),
        {
            "levers": (mark("Levers"), show_levers),
            "advice": (
                mark("Cheaper layers"),
                lambda shown: show_advice(shown.report),
            ),
            "two": (mark("Two models"), lambda shown: show_two(shown.model, shown.choice, shown.report)),
            "split": (mark("Split"), lambda shown: show_split(shown.model, shown.choice, shown.report)),
        },
    ),
    "take": Section(
        mark("Take it along"),
        {
            "meaning": (
                mark("Meaning and label"),
                lambda shown: show_model_meaning(shown.model, shown.choice, shown.report),
            ),
            "export": (mark("Files"), lambda shown: show_export(shown.model, shown.choice, shown.report)),
        },
    ),
}
"""Id of each section, left to right."""
VIEW: Final = "view"
"""Parameter of the section; an address may name a part instead."""


def show_sections(shown: Shown) -> None:
    """Show the sections; the open one and its part are in the address."""
    _open_part()
    names = {each: t(section.name) for each, section in SECTIONS.items()}
    opened, tabs = widgets.tabs(names, VIEW)
    parts = SECTIONS[opened].parts
    with tabs[opened]:
        part = next(iter(parts))
        if len(parts) > 1:
            part = widgets.segmented_control(
                t("Part of this section"),
                {each: t(name) for each, (name, _) in parts.items()},
                f"{VIEW}_{opened}",
                label_visibility="collapsed",
            )
        with boundary(f"estimate, {part}"):
            parts[part][1](shown)


def _open_part() -> None:
    """Turn an address that names a part (`view=types`) into one of its section and the part."""
    asked = str(st.query_params.get(VIEW, ""))
    section = next((each for each, known in SECTIONS.items() if asked in known.parts), None)
    if section is None or asked in SECTIONS:
        return
    st.query_params[VIEW] = section
    if len(SECTIONS[section].parts) > 1:
        st.query_params[f"{VIEW}_{section}"] = asked
