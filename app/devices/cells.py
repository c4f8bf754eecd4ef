"""Cells on one core, on a device's page: what an operator costs there, and what a reader's own cell takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.devices.facts import source_words
from app.i18n.formats import capital, count, energy, energy_range, number
from app.i18n.messages import tell
from app.i18n.texts import mark, t, verbatim
from app.memo import keeping
from app.models.upload import read_upload
from app.ui.attend import attending
from app.ui.boundary import offer_again, show_error
from app.ui.print_view import on_paper, show_data
from app.ui.sent_files import read_once
from app.ui.target_names import meter_name
from data import queries
from data.errors import PASSING, JouleLensError

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from predictors.energy.cells.operations import Operations
    from predictors.energy.cells.question import CellAnswer

LEAST_MACS_M, MOST_MACS_M = 7.8, 189.0
"""Work of the cells that were measured (million MACs)."""
MAX_MB: Final = 50
"""Size of an upload; a network of NAS-Bench-201 takes up to 7 MB."""
EXAMPLE: Final = verbatim(
    "|nor_conv_3x3~0|+|avg_pool_3x3~0|skip_connect~1|+|nor_conv_1x1~0|none~1|nor_conv_3x3~2|"
)
READ: Final = "cell-read"
"""Session key of the last file: its id and what was read, so that a rerun does not read it again."""
TEXT, COUNTED, FILE = "text", "counted", "file"
WAYS: Final = {TEXT: mark("by its text"), COUNTED: mark("by its operators"), FILE: mark("as an ONNX file")}
OPERATORS: Final = {
    "conv3x3": mark("3×3 convolutions"),
    "conv1x1": mark("1×1 convolutions"),
    "avgpool3x3": mark("3×3 average pools"),
    "skips": mark("Skips"),
}
WORKED_OUT: Final = {
    "conv3x3": mark("3×3 convolution (mJ)"),
    "conv1x1": mark("1×1 convolution (mJ)"),
    "pools": mark("3×3 average pool (mJ)"),
    "relus": mark("ReLU (mJ)"),
    "adds": mark("Sum (mJ)"),
}


def show_cells() -> None:
    """Show the law of each runtime with its held-out error, and let a cell be asked about."""
    from predictors.energy.cells.law import cell_laws

    laws = cell_laws()
    st.markdown(
        t(
            "A network of NAS-Bench-201 costs a constant and, for every operator that the runtime works out "
            "in its cell, what that operator costs. Equal pools of one input are worked out once. "
            "{meter}, above idle; one Cortex-A76 thread, fp32. Only for such networks: {least} to {most} "
            "million MACs.",
            meter=capital(meter_name("core-rail")),
            least=number(LEAST_MACS_M),
            most=number(MOST_MACS_M),
        )
    )
    columns: dict[str, list[object]] = {
        t("Runtime"): [law.software for law in laws],
        t("Constant (mJ)"): [law.constant_mj for law in laws],
    }
    columns |= {t(words): [law.operator_mj[name] for law in laws] for name, words in WORKED_OUT.items()}
    columns |= {
        t("Works out"): [t("what is needed") if law.only_needed else t("everything") for law in laws],
        t("Median error (%)"): [law.median_error_percent for law in laws],
        t("Error, five folds (%)"): [law.mean_error_percent for law in laws],
        t("By MACs alone (%)"): [law.baseline_percent for law in laws],
        t("Coverage (%)"): [law.coverage_percent for law in laws],
    }
    table = pd.DataFrame(columns).map(lambda each: number(each) if isinstance(each, float) else each)
    alt = t("What an operator costs on one core")
    if on_paper():
        show_data(table, alt)
    else:
        st.table(table, border="horizontal", hide_index=True, alt=alt)
    st.markdown(source_words(_source_id()))
    _ask([law.software for law in laws])


@keeping
def _source_id() -> str:
    return str(queries.cell_runs(bundle_cache.bundle())["source_id"].iloc[0])


def _ask(softwares: list[str]) -> None:
    """Let a cell be asked about, in one of three ways."""
    st.markdown(t("**Your own cell**"))
    first, second = st.columns([1, 3], vertical_alignment="bottom")
    software = str(first.selectbox(t("Runtime"), softwares, key="cell_runtime"))
    ways = {each: t(words) for each, words in WAYS.items()}
    way = second.segmented_control(
        t("Given"), list(ways), default=TEXT, format_func=ways.__getitem__, key="cell_way", required=True
    )
    asked: dict[str, Callable[[str], CellAnswer | None]] = {
        TEXT: _by_text, COUNTED: _by_counts, FILE: _by_file
    }  # fmt: skip
    try:
        answer = asked[way or TEXT](software)
    except JouleLensError as error:
        show_error(error.code, tell(error.message))
        return
    if answer is not None:
        st.markdown(answer_words(answer))


def _by_text(software: str) -> CellAnswer:
    from predictors.energy.cells.question import answer_text

    text = st.text_input(t("Cell"), EXAMPLE, max_chars=200, key="cell_text")
    return answer_text(text, software)


def _by_counts(software: str) -> CellAnswer:
    from predictors.energy.cells.operations import EDGES
    from predictors.energy.cells.question import answer_counts

    most = len(EDGES)
    places = st.columns(len(OPERATORS))
    counts = {
        name: place.number_input(t(words), 0, most, int(name == "conv3x3"), key=f"cell_{name}")
        for (name, words), place in zip(OPERATORS.items(), places, strict=True)
    }
    return answer_counts(counts, software)


def _by_file(software: str) -> CellAnswer | None:
    from predictors.energy.cells.question import answer_operations

    file = st.file_uploader(
        t("Network of the cell (.onnx)"), type=["onnx"], max_upload_size=MAX_MB, key="cell_file",
        help=t("Read in memory by a separate process, and not kept. Its operators are counted."),
    )  # fmt: skip
    if file is None:
        st.session_state.pop(READ, None)
        return None
    operations, failure = read_once(file, READ, lambda: _read(file), lambda found: found[1][0] in PASSING)
    if operations is None:
        show_error(failure[0], tell(failure[1]))
        offer_again(failure[0], "cell_again")
        return None
    return answer_operations(operations, software)


def _read(file: UploadedFile) -> tuple[Operations | None, tuple[str, str]]:
    """Return the operations of a file, or code and message of what is wrong with it."""
    from predictors.energy.cells.recognise import operations_of_graph

    with attending(t("Reading the file …")) as attend, file.getbuffer() as content:
        upload = read_upload(file.name, content, attend)
    if upload.network is None:
        return None, upload.failure or ("", "")
    try:
        return operations_of_graph(upload.network.graph), ("", "")
    except JouleLensError as error:
        return None, (error.code, error.message)


def answer_words(answer: CellAnswer) -> str:
    """Return the energy with its range and what it stands for, in Markdown."""
    parts = [
        t(
            "**{energy}** per inference on one core, 8 in 10 times {range}; estimated, {percent} % off in "
            "the median.",
            energy=energy(answer.energy_mj.value),
            range=energy_range(answer.energy_mj.low, answer.energy_mj.high),
            percent=number(answer.law.median_error_percent, 2),
        )
    ]
    if answer.cells > 1:
        words = t(
            "That is the median of the {n} cells with these operators; the range holds all of them.",
            n=count(answer.cells),
        )
        parts.append(words)
    if answer.measured_mj is not None:
        parts.append(t("This very cell was measured: **{energy}**.", energy=energy(answer.measured_mj)))
    return " ".join(parts)
