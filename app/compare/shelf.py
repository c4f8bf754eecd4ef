"""My models: a shelf of the reader's own files, and a matrix of them and all devices."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Final

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from app.compare.limits import choose_limits
from app.compare.shelf_cells import forget_parts, parts_for, show_int8
from app.compare.shelf_link import figures_of_link, keep_in_link, scope_of_cell, show_cells
from app.i18n.formats import count, energy, energy_range, latency, listing, literal, megabytes
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn, verbatim
from app.models.model import keep_upload
from app.models.shelf import MOST_FILES, MOST_OPERATORS, Refused, Shelved, shelf, shelve, take_off
from app.models.targets import device_labels, target_label
from app.models.upload import Upload, read_upload
from app.paths import ROOT
from app.ui.attend import attending
from app.ui.glossary import explain
from app.ui.lazy_section import folded
from app.ui.print_view import on_paper, show_data
from app.ui.scopes import scope_rank
from app.ui.sent_files import let_go
from app.ui.tables import offer_csv
from app.url_state import widgets
from data.errors import JouleLensError
from predictors.research.matrix import DOES_NOT_FIT, MB, Cell, Gap, Matrix, Within

REFUSED: Final = "shelf_refused"
VERSION: Final = "shelf_version"
TRIAL: Final = ("squeezenet-1.1", "mobilenet-v2", "efficientnet-lite0")
"""Networks for one task, from small to large."""
ESTIMATE_PAGE: Final = ROOT / "pages" / "estimate.py"
OWN: Final = "own"
PRECISIONS: Final = {OWN: mark("each model's own"), "fp32": verbatim("fp32"), "int8": verbatim("int8")}
INSIDE: Final = verbatim("background-color: #d7f0dd; color: #10331a; font-weight: 600")
"""A frame of colour; the tick in the cell says the same without colour."""


def show_shelf() -> None:
    """Show the shelf and, once something is on it, the matrix."""
    _take_files()
    kept = shelf()
    if not kept:
        _show_link()
        st.info(t("Nothing is on the shelf yet. Add files of your own, several at once if you like."))
        _offer_trial()
        return
    left, right = st.columns([1, 3], gap="medium")
    with left:
        limits = _limits()
        names = {each: t(name) for each, name in PRECISIONS.items()}
        precision = widgets.radio(
            t("Run in"), names, "shelf_precision", usual=OWN, help=explain("fp32", "int8")
        )
        _show_list(kept)
    with right:
        matrix = _matrix(kept, precision, limits)
        cells = list(matrix.cells)
        _show_gaps(matrix.gaps)
        if not cells:
            st.info(t("None of these models has a figure there. Choose another precision."))
            return
        _show_answer(cells, limits)
        _show_matrix(matrix)
        folded(t("Is int8 worth it?"), "shelf_int8", partial(show_int8, kept), icon=":material/compress:")
    keep_in_link(cells, limits)


def _take_files() -> None:
    """Read files that are given, let go of their bytes, and say which ones were refused."""
    limit_mb = int(st.get_option("server.maxUploadSize"))
    files = st.file_uploader(
        t("Models of your own (ONNX, TensorFlow Lite, or a zip of one)"),
        accept_multiple_files=True,
        key=f"shelf_{st.session_state.get(VERSION, 0)}",
        max_upload_size=limit_mb,
        help=t(
            "Up to {files} models of {limit} MB each, {operators} operators in all. Read in memory by a "
            "separate process, for this session only; nobody else sees them, and one that is taken off is "
            "gone.",
            files=MOST_FILES,
            limit=count(limit_mb),
            operators=count(MOST_OPERATORS),
        ),
    )
    st.caption(
        t(
            "Up to {files} models of {limit} MB, {operators} operators in all. Only this session sees them.",
            files=MOST_FILES,
            limit=count(limit_mb),
            operators=count(MOST_OPERATORS),
        )
    )
    if files:
        uploads = []
        with attending(t("Reading the models …")) as attend:
            for file in files:
                with file.getbuffer() as content:
                    uploads.append(read_upload(file.name, content, attend))
                let_go(file)
        _put(uploads)
    refused: list[Refused] = st.session_state.get(REFUSED, [])
    if refused:
        st.warning(
            tn("{n} file is not on the shelf:", "{n} files are not on the shelf:", len(refused)),
            icon=":material/help:",
        )
        rows = [(each.file_name, each.code, tell(each.message)) for each in refused]
        table = pd.DataFrame(rows, columns=[t("File"), t("Code"), t("Why, and what next")])
        show_data(table, t("Files that were refused, and why"))


def _put(uploads: list[Upload]) -> None:
    """Put what was read on the shelf, and show it."""
    st.session_state[REFUSED] = shelve(uploads)
    st.session_state[VERSION] = st.session_state.get(VERSION, 0) + 1
    st.rerun()


def _offer_trial() -> None:
    """Offer to put samples on the shelf, as a reader's own files are."""
    if st.button(t("Try it with three of our networks"), icon=":material/experiment:", key="shelf_trial"):
        from predictors.samples import sample_bytes

        with attending(t("Reading the models …")) as attend:
            uploads = [read_upload(f"{each}.onnx", memoryview(sample_bytes(each)), attend) for each in TRIAL]
        _put(uploads)


def _limits() -> Within:
    chosen = choose_limits()
    return Within(
        None if chosen.energy_mj == float("inf") else chosen.energy_mj,
        None if chosen.latency_ms == float("inf") else chosen.latency_ms,
    )


def _show_list(kept: tuple[Shelved, ...]) -> None:
    """Show what is on the shelf, with a way to its estimate and one to take it off."""
    st.markdown(tn("**{n} model on the shelf**", "**{n} models on the shelf**", len(kept)))
    for each in kept:
        with st.container(border=True):
            st.markdown(f"**{literal(each.name)}**")
            graph = each.upload.graph
            if graph is not None:
                st.caption(
                    t(
                        "{format}, {precision}, {params} M parameters",
                        format=graph.file_format,
                        precision=graph.precision,
                        params=count(graph.params / 1e6),
                    )
                )
            first, second = st.columns(2, gap="small")
            if first.button(t("Estimate"), key=f"open_{each.id}", icon=":material/bolt:", width="stretch"):
                keep_upload(each.upload)
                st.switch_page(ESTIMATE_PAGE)
            second.button(
                t("Take off"),
                key=f"off_{each.id}",
                icon=":material/delete:",
                width="stretch",
                on_click=_take_off,
                args=(each.id,),
            )


def _take_off(shelf_id: str) -> None:
    take_off(shelf_id)
    forget_parts(shelf_id)
    st.session_state.pop(REFUSED, None)


def _matrix(kept: tuple[Shelved, ...], precision: str, limits: Within) -> Matrix:
    from predictors.estimate import default_precision

    cells: list[Cell] = []
    gaps: list[Gap] = []
    for each in kept:
        graph = each.upload.graph
        own = default_precision(graph) if precision == OWN and graph is not None else precision
        try:
            found, empty = parts_for(each, own)
            cells += found
            gaps += empty
        except JouleLensError as error:
            st.warning(
                f"{literal(each.name)}: {tell(error.message)}  \n`{error.code}`", icon=":material/help:"
            )
    return Matrix(tuple(cells), tuple(gaps), limits)


def _show_gaps(gaps: tuple[Gap, ...]) -> None:
    """Say which models need more memory than devices have."""
    too_large: dict[str, list[str]] = {}
    for gap in gaps:
        if gap.code == DOES_NOT_FIT:
            too_large.setdefault(gap.model, []).append(gap.device_id)
    names = device_labels()
    for model, devices in too_large.items():
        words = ", ".join(literal(names.get(each, each)) for each in dict.fromkeys(devices))
        st.warning(
            t("**{model}** does not fit into the memory of: {devices}.", model=literal(model), devices=words),
            icon=":material/memory:",
        )


def _show_answer(cells: list[Cell], limits: Within) -> None:
    """Say which models keep the limits, and where with the least energy."""
    if not limits.is_set:
        least = least_in_scopes(cells, lambda cell: cell.scope)
        lines = [
            t("**{model}** in {precision} on {target}, {energy} per inference ({scope})", **_words(cell))
            for cell in least
        ]
        st.markdown(
            _listed(t("Least energy, by what it is the energy of. Set limits to see what fits."), lines)
        )
        return
    inside = [cell for cell in cells if limits.holds(cell)]
    if not inside:
        st.markdown(t("**No model keeps these limits on any device.**"))
        return
    best = least_in_scopes(inside, lambda cell: (cell.model, cell.scope))
    lines = [
        t("**{model}** in {precision}: {target}, {energy}, {latency} ({scope})", **_words(cell))
        for cell in best
    ]
    st.markdown(_listed(t("Within the limits, each model where it takes the least energy:"), lines))
    found = {cell.model for cell in best}
    lacking = [model for model in dict.fromkeys(cell.model for cell in cells) if model not in found]
    if lacking:
        st.caption(t("Fit nowhere: {models}.", models=", ".join(map(literal, lacking))))


def least_in_scopes(cells: Sequence[Cell], kind: Callable[[Cell], Hashable]) -> list[Cell]:
    """Return the cell of each kind with the least energy; energies of two scopes are not compared."""
    best: dict[Hashable, Cell] = {}
    for cell in sorted(cells, key=lambda each: (scope_rank(each.scope), each.energy_mj)):
        best.setdefault(kind(cell), cell)
    return list(best.values())


def _listed(head: str, lines: list[str]) -> str:
    return "\n".join([head, "", *(f"- {line}" for line in lines)])


def _words(cell: Cell) -> dict[str, str]:
    return {
        "scope": scope_of_cell(cell),
        "model": literal(cell.model),
        "precision": cell.precision,
        "target": literal(target_label(cell.device_id, cell.delegate)),
        "energy": energy(cell.energy_mj),
        "latency": latency(cell.latency_ms),
    }


def _show_matrix(matrix: Matrix) -> None:
    """Show models by targets: sortable, framed where within the limits, and as files."""
    values, texts, marked = _frames(matrix)
    alt = t("Energy per inference of each model on each device, framed where it is within the limits")
    if on_paper():
        show_data(_upright(texts), alt)
    else:
        st.dataframe(_styled(values, texts).apply(lambda _: marked, axis=None), alt=alt)
    st.caption(
        t(
            "Energy per inference, and in brackets the range that holds it 8 times in 10. A tick and a "
            "frame: predicted energy and latency keep the limits. A star: kernels without a figure are "
            "missing from the sum. Memory: weights as the file stores them and the largest activations that "
            "live at once; this is the least a model needs. A click on a heading sorts. Columns are "
            "comparable where what is counted is the same: {scopes}.",
            scopes=_columns_by_scope(matrix),
        ),
        help=explain("interval"),
    )
    offer_csv(t("Download as CSV"), matrix.csv(), "joulelens-my-models.csv", key="shelf_csv")
    st.download_button(
        t("Download as LaTeX"),
        matrix.latex(),
        file_name="joulelens-my-models.tex",
        mime="text/x-tex",
        icon=":material/download:",
        on_click="ignore",
    )


def _columns_by_scope(matrix: Matrix) -> str:
    """Which devices stand for which scope: "whole board at the wall socket (Raspberry Pi 4)"."""
    found: dict[str, dict[str, None]] = {}
    names = device_labels()
    for cell in matrix.cells:
        found.setdefault(scope_of_cell(cell), {})[literal(names.get(cell.device_id, cell.device_id))] = None
    return "; ".join(f"{scope} ({listing(list(devices))})" for scope, devices in found.items())


def _frames(matrix: Matrix) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return energies (mJ), what the cells say, and how they are marked: models by targets, memory first."""
    rows = [f"{model} ({precision})" for model, precision in matrix.models]
    memory = t("Memory needed")
    columns = [memory, *(target_label(*target) for target in matrix.targets)]
    values = pd.DataFrame(index=rows, columns=columns, dtype=float)
    texts = pd.DataFrame("–", index=rows, columns=columns)
    marked = pd.DataFrame("", index=rows, columns=columns)
    for (model, precision, target), one in matrix.by_place().items():
        row, column = f"{model} ({precision})", target_label(*target)
        if one.peak_mb is not None:
            values.loc[row, memory] = one.peak_mb
            texts.loc[row, memory] = megabytes(round(one.peak_mb * MB))
        if isinstance(one, Cell):
            values.loc[row, column] = one.energy_mj
            texts.loc[row, column] = _cell_text(one, matrix.limits)
            marked.loc[row, column] = INSIDE if matrix.limits.holds(one) else ""
        elif column in columns:
            texts.loc[row, column] = tell(one.words)
    return values.rename_axis(t("Model")), texts, marked


def _upright(texts: pd.DataFrame) -> pd.DataFrame:
    """The cells with a row per device, as a sheet is higher than wide; names are escaped."""
    turned = texts.rename(index=literal, columns=literal).transpose()
    return turned.rename_axis(t("Device and delegate")).rename_axis(None, axis=1).reset_index()


def _cell_text(cell: Cell, limits: Within) -> str:
    spread = re.sub(r"\s", " ", energy_range(cell.energy_mj_low, cell.energy_mj_high))
    star = "*" if cell.missing else ""
    return f"{'✓ ' if limits.holds(cell) else ''}{energy(cell.energy_mj)}{star} ({spread})"


def _styled(values: pd.DataFrame, texts: pd.DataFrame) -> Styler:
    """The values, sorted as numbers, with what each cell says; one call per row, since each takes a while."""
    styler = values.style
    columns = list(values.columns)
    for row, cells in texts.iterrows():
        says = {column: partial(_said, text) for column, text in cells.items()}
        styler = styler.format(says, subset=([row], columns))
    return styler


def _said(text: str, _value: float) -> str:
    return text


def _show_link() -> None:
    """Show the names and figures that an opened link holds; the files are not in it."""
    rows = figures_of_link()
    if not rows:
        return
    st.warning(
        t(
            "This link was made with a shelf of **models that are not here**: it holds their names and "
            "figures, not the files. The figures are those of the link, nothing was computed here. Add the "
            "files to go on."
        ),
        icon=":material/link:",
    )
    show_cells(rows)
