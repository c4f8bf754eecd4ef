"""An estimate to take away: CSV and JSON of exactly what is shown, and the command that gives it again."""

from __future__ import annotations

import re
from typing import Final

import streamlit as st

from app.estimate_model import Choice, Model
from app.estimate_reproduce import commands, show_commands
from predictors.report import ModelReport

__all__ = ["commands", "file_stem", "show_export"]

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


def show_export(model: Model, choice: Choice, report: ModelReport) -> None:
    """Show the downloads and the command line."""
    from predictors.export import report_csv, report_json

    stem = file_stem(model, choice)
    st.markdown(
        "Exactly this estimate with seven digits, intervals, evidence, sources and versions: one row per "
        "kernel (CSV), or everything (JSON)."
    )
    with st.container(horizontal=True):
        st.download_button(
            "Download as CSV",
            report_csv(report),
            file_name=f"{stem}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="csv",
        )
        st.download_button(
            "Download as JSON",
            report_json(report),
            file_name=f"{stem}.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key="json",
        )
    st.markdown("The same digits from the command line, in the project's folder:")
    show_commands(model, choice, report)


def file_stem(model: Model, choice: Choice) -> str:
    """Return the name of a download without its ending, of plain characters only."""
    name = _UNSAFE.sub("-", model.name).strip("-.")[:60] or "model"
    return f"joulelens-{name}-{choice.device_id}-{choice.delegate}-{choice.precision}"
