"""The five sections of an estimate and their parts. Only what is open is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from app.estimate.advice import show_advice
from app.estimate.devices import show_devices
from app.estimate.export import show_export
from app.estimate.levers import show_levers
from app.estimate.linked import Shown
from app.estimate.meaning import show_model_meaning
from app.estimate.over_time import show_timeline
from app.estimate.split import show_split
from app.estimate.two import show_two
from app.estimate.where import show_bars, show_flame, show_graph, show_kinds
from app.i18n.texts import mark, t
from app.ui.boundary import boundary
from app.url_state import widgets


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
                lambda shown: show_advice(shown.model, shown.choice, shown.report),
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
