"""An estimate to take away: CSV and JSON of exactly what is shown, and the command that gives it again."""

from __future__ import annotations

import re
import shlex
from typing import Final

import streamlit as st

from app.estimate_model import Choice, Model
from predictors.report import ModelReport

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


def show_export(model: Model, choice: Choice, report: ModelReport) -> None:
    """Show the downloads and the command line."""
    from predictors.export import report_csv, report_json

    stem = file_stem(model, choice)
    st.markdown(
        "Exactly this estimate with full precision, intervals, evidence, sources and versions: one row per "
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
    st.code("\n".join(commands(model, choice)), language="bash", wrap_lines=True)
    st.caption(
        f"Data {report.data_version}, method {report.method_version}, model SHA-256 {report.model.sha256}. "
        "Another data or method version may give other digits."
    )


def commands(model: Model, choice: Choice) -> list[str]:
    """Return the lines that reproduce an estimate; for a sample, the first one writes its file."""
    lines = []
    file_name = model.file_name
    if model.sample_id:
        file_name = f"{model.sample_id}.onnx"
        size = "" if model.side is None else f", input_hw={model.side}"
        script = (
            "from pathlib import Path; from predictors.samples import sample_bytes; "
            f'Path("{file_name}").write_bytes(sample_bytes("{model.sample_id}"{size}))'
        )
        lines.append(f"python -c {shlex.quote(script)}")
    words = ["python", "-m", "predictors", "estimate", _path(file_name)]
    words += ["--device", choice.device_id, "--delegate", choice.delegate, "--precision", choice.precision]
    for name, shape in model.shapes:
        words += ["--shape", f"{name}={','.join(str(extent) for extent in shape)}"]
    lines.append(" ".join(shlex.quote(word) for word in [*words, "--format", "json"]))
    return lines


def _path(file_name: str) -> str:
    """Return a file name that cannot be taken for an option."""
    return f"./{file_name}" if file_name.startswith("-") else file_name


def file_stem(model: Model, choice: Choice) -> str:
    """Return the name of a download without its ending, of plain characters only."""
    name = _UNSAFE.sub("-", model.name).strip("-.")[:60] or "model"
    return f"joulelens-{name}-{choice.device_id}-{choice.delegate}-{choice.precision}"
