"""An estimate to take away: exactly what is shown in every format, and the command that gives it again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from app.estimate.model import Choice, Model
from app.estimate.reproduce import commands, show_commands
from app.i18n.texts import mark, t
from predictors.exports import FORMATS, Exported, Format
from predictors.results.report import ModelReport

__all__ = ["commands", "file_stem", "show_export"]

ABOUT: Final[dict[str, str]] = {
    "json": mark("JSON: everything."),
    "csv": mark("CSV: a row per kernel."),
    "parquet": mark("Parquet: a row per kernel, typed."),
    "markdown": mark("Markdown: for a README or a model card."),
    "latex": mark("LaTeX: a table with the works to cite."),
    "cyclonedx": mark("CycloneDX: an ML-BOM with the energy of inference."),
    "boamps": mark("BoAmps: a report in Boavizta's data model."),
    "netron": mark("Netron: drop it on the model that is open there."),
    "model-explorer": mark("Model Explorer: node data to load there."),
}
"""Format that is offered -> what it is for. The files themselves are in English."""
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


def show_export(model: Model, choice: Choice, report: ModelReport) -> None:
    """Show the downloads and the command line."""
    st.markdown(t("Exactly this estimate with seven digits, intervals, evidence, sources and versions."))
    exported = Exported(report, model.graph, datetime.now(UTC))
    with st.container(horizontal=True):
        for each in ABOUT:
            _download(FORMATS[each], exported, file_stem(model, choice))
    st.caption(" ".join(t(about) for about in ABOUT.values()))
    st.markdown(t("The same digits from the command line, in the project's folder:"))
    show_commands(model, choice, report)


def _download(form: Format, exported: Exported, stem: str) -> None:
    """Show the button of one format; the file is written when it is clicked."""
    st.download_button(
        t("Download as {form}", form=form.title),
        lambda: form.write(exported),
        file_name=f"{stem}.{form.suffix}",
        mime=form.mime,
        icon=":material/download:",
        on_click="ignore",
        key=form.id,
    )


def file_stem(model: Model, choice: Choice) -> str:
    """Return the name of a download without its ending, of plain characters only."""
    name = _UNSAFE.sub("-", model.name).strip("-.")[:60] or "model"
    return f"joulelens-{name}-{choice.device_id}-{choice.delegate}-{choice.precision}"
