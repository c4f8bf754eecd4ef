"""An estimate to take away: exactly what is shown in every format, and the command that gives it again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from app import own_devices
from app.i18n.texts import mark, t, verbatim
from app.models.model import Model
from predictors.exports import FORMATS, Exported, Format
from predictors.research.diff import ModelDiff
from predictors.results.report import ModelReport
from predictors.results.targets import Target


def show_reproduce(model: Model, choice: Target, report: ModelReport) -> None:
    """Show, one click away, the command that gives the headline's digits again."""
    with st.popover(t("Reproduce"), icon=":material/terminal:", width="stretch"):
        st.markdown(t("Reproduce this number, to the same seven digits, in the project's folder:"))
        show_commands(model, choice, report)


def show_commands(model: Model, choice: Target, report: ModelReport) -> None:
    """Show the command and the versions it asks for."""
    # Without colours, here and everywhere: those of highlighted code are too faint to read.
    st.code("\n".join(commands(model, choice, report)), language=None, wrap_lines=True)
    st.caption(
        t(
            "Data {data}, method {method}, model SHA-256 {sha256}. With another data or method version the "
            "command says so instead of giving other digits.",
            data=report.data_version,
            method=report.method_version,
            sha256=report.model.sha256,
        )
    )


def show_lines(lines: Sequence[str]) -> None:
    """Show, folded, the lines that give the part of the page above again."""
    with st.expander(t("The same from the command line"), icon=":material/terminal:"):
        st.code("\n".join(lines), language=None, wrap_lines=True)


def commands(model: Model, choice: Target, report: ModelReport | None = None) -> list[str]:
    """Return the lines that reproduce an estimate; for a sample, the first one writes its file."""
    lines = [sample_command(model)] if model.sample_id else []
    words = ["python", "-m", "predictors", "estimate", model_path(model), *target_words(choice)]
    words += shape_words("--shape", model)
    if report is not None:
        words += versions_words(report)
    lines.append(shlex.join([*words, "--format", "json"]))
    return lines


def target_words(choice: Target) -> list[str]:
    """Return the options that name device, delegate and precision; an own one is in a folder of its own."""
    folder = ["--devices", "DIR"] if choice.device_id in own_devices.names() else []
    return [
        *folder,
        "--device",
        choice.device_id,
        "--delegate",
        choice.delegate,
        "--precision",
        choice.precision,
    ]


def shape_words(option: str, model: Model) -> list[str]:
    """Return the options that give the shapes of a model's inputs."""
    return [
        word
        for name, shape in model.shapes
        for word in (option, f"{name}={','.join(str(extent) for extent in shape)}")
    ]


def versions_words(made: ModelReport | ModelDiff) -> list[str]:
    """Return the option with which a command gives these digits or none."""
    return ["--versions", f"{made.data_version}/{made.method_version}"]


def sample_command(model: Model, path: str = "") -> str:
    """Return the line that writes the file of a sample with its options (to `model_path` if no other)."""
    options = [f'"{model.sample_id}"', *(f"{name}={value}" for name, value in sample_options(model).items())]
    script = verbatim(
        "from pathlib import Path; from predictors.samples import sample_bytes; "
        'Path("{path}").write_bytes(sample_bytes({options}))'
    ).format(path=path or model_path(model), options=", ".join(options))
    return shlex.join(["python", "-c", script])


def sample_options(model: Model) -> dict[str, int | float]:
    """Return the options of a sample that differ from its usual ones."""
    given = {"input_hw": model.side, "batch": model.batch, "width": model.width}
    usual = {"input_hw": None, "batch": 1, "width": 1.0}
    return {name: value for name, value in given.items() if value is not None and value != usual[name]}


def model_path(model: Model) -> str:
    """Return a file name that cannot be taken for an option."""
    file_name = f"{model.sample_id}.onnx" if model.sample_id else model.file_name
    return f"./{file_name}" if file_name.startswith("-") else file_name


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


def show_export(model: Model, choice: Target, report: ModelReport) -> None:
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


def file_stem(model: Model, choice: Target) -> str:
    """Return the name of a download without its ending, of plain characters only."""
    name = _UNSAFE.sub("-", model.name).strip("-.")[:60] or "model"
    return f"joulelens-{name}-{choice.device_id}-{choice.delegate}-{choice.precision}"
