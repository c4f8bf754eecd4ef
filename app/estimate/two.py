"""Two models on screen: the one shown is A, another sample or file is B; kernels side by side."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.charts.base import CONFIG
from app.charts.diff_bars import SHOWN, diff_bars
from app.estimate.export import (
    model_path,
    sample_command,
    shape_words,
    show_lines,
    target_words,
    versions_words,
)
from app.estimate.what_if_view import (
    HOW_SHARED,
    LESS,
    MORE,
    SAME,
    UNSURE,
    difference_interval,
    signed,
    signed_latency,
    signed_number,
    signed_range,
)
from app.estimate.words import kernel_words
from app.i18n.formats import count, energy, energy_range, latency, literal, number, percent, plain
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn
from app.models.model import Model, report_for, sample_model, sample_titles, uploaded_model
from app.models.shelf import shelf_names, shelved_model
from app.models.targets import precisions_of, target_named
from app.models.upload import Upload, read_upload
from app.ui.attend import attending
from app.ui.boundary import offer_again, show_error, worded
from app.ui.glossary import explain
from app.ui.print_view import on_paper, picture_width, print_table
from app.ui.sent_files import read_once
from app.ui.tables import offer_csv, readable
from app.url_state import own_file, widgets
from app.url_state.number_fields import side_field, width_field
from data.errors import JouleLensError
from predictors.errors import printable
from predictors.research.diff import (
    CANNOT_BE_COMPARED,
    CLOSE_WORDS,
    NOT_COMPARED,
    DiffRow,
    Match,
    ModelDiff,
    diff_reports,
)
from predictors.research.diff_text import diff_csv
from predictors.results.report import ModelReport
from predictors.results.targets import Target

MATCHES: Final[dict[Match, str]] = {
    Match.SAME: mark("both, alike"),
    Match.CHANGED: mark("both, changed"),
    Match.ONLY_A: mark("only in A"),
    Match.ONLY_B: mark("only in B"),
}
"""How a row of a difference came about -> the same on screen."""
_VERDICTS: Final[dict[str, str]] = {
    LESS: mark("B uses less energy than A by {share}: {change}, {interval}."),
    MORE: mark("B uses more energy than A by {share}: {change}, {interval}."),
    UNSURE: mark("A and B cannot be told apart in energy: {change}, {interval}."),
}


def two_sentence(diff: ModelDiff) -> str:
    """Return the difference in words, with its interval and, where the two can be told apart, its share."""
    sentences = [_verdict(diff), *([tell(CLOSE_WORDS)] if diff.is_close else [])]
    missing = diff.a.coverage.unsupported, diff.b.coverage.unsupported
    if any(missing):
        sentences.append(
            t(
                "Left out of the totals, without a figure: {a} kernels of A, {b} of B.",
                a=count(missing[0]),
                b=count(missing[1]),
            )
        )
    return " ".join(sentences)


def _verdict(diff: ModelDiff) -> str:
    if diff.verdict == SAME:
        return tn(
            "B takes the same energy as A: its kernel is alike.",
            "B takes the same energy as A: all {n} kernels are alike.",
            len(diff.rows),
        )
    if diff.verdict == CANNOT_BE_COMPARED:
        return tell(NOT_COMPARED)
    share = abs(diff.energy_diff_mj) / diff.a.energy_mj if diff.a.energy_mj > 0 else 0.0
    return t(
        _VERDICTS[diff.verdict],
        share=percent(share),
        change=signed(diff.energy_diff_mj),
        interval=difference_interval(diff),
    )


def unmatched_words(diff: ModelDiff) -> str:
    """Return how many kernels have no partner in the other model."""
    if not diff.unmatched:
        return t("Every kernel of A has its partner in B.")
    only_a = sum(row.b is None for row in diff.unmatched)
    return tn(
        "{n} kernel without a partner, {a} of A and {b} of B; it counts in full.",
        "{n} kernels without a partner, {a} of A and {b} of B; they count in full.",
        len(diff.unmatched),
        a=count(only_a),
        b=count(len(diff.unmatched) - only_a),
    )


[UPLOAD_B] = own_file.HELD_ON["estimate"]
RIVALS: Final = ("mobilenet-v1", "mobilenet-v2")
"""The usual model B. Another one is taken where A is the same: the table would show zeros only."""
KEY_B: Final = "b_sample"
OWN_FILE: Final = "own-file"


def show_two(model: Model, choice: Target, report: ModelReport) -> None:
    """Let model B be chosen, and show what is different from the model above (A)."""
    st.markdown(
        t(
            "A is the model above, **{title}**. B stands on the same device and delegate: before and after "
            "quantising, pruning or resizing, or a rival.",
            title=literal(printable(model.title, 60)),
        )
    )
    try:
        chosen = _ask(model, choice)
        if chosen is None:
            return
        other, other_choice = chosen
        diff = diff_reports(report, report_for(other, other_choice))
    except JouleLensError as error:
        show_error(*worded(error))
        return
    _show(diff)
    _take_away(model, choice, other, other_choice, diff)


def _ask(model: Model, choice: Target) -> tuple[Model, Target] | None:
    titles = {**shelf_names(), **sample_titles(), OWN_FILE: t("a file of your own")}
    one, two, three, four = st.columns([4, 2, 2, 2], gap="small", vertical_alignment="bottom")
    with one:
        usual = next(each for each in RIVALS if each != model.sample_id)
        own_file.look_up_choice(KEY_B, OWN_FILE)
        sample_id = widgets.selectbox(t("Model B"), titles, KEY_B, usual=usual)
    with four:
        precisions = {each: each for each in precisions_of(choice.device_id, choice.delegate)}
        precision = widgets.selectbox(t("Precision of B"), precisions, "b_precision", usual=choice.precision)
    target = target_named(choice.device_id, choice.delegate, precision)
    if sample_id == OWN_FILE:
        upload = _take_file()
        return None if upload is None else (uploaded_model(upload), target)
    own_file.give_up(KEY_B)
    if (own := shelved_model(sample_id)) is not None:
        return own, target
    side = side_field(two, t("Image side of B"), key="b_side", placeholder=t("usual"))
    width = width_field(three, t("Width of B"), key="b_width")
    return sample_model(sample_id, side, 1, width or 1.0), target


def _take_file() -> Upload | None:
    """Read the file of B once; its bytes are let go."""
    above = st.container()
    file = st.file_uploader(
        t("Model file of B (ONNX or TensorFlow Lite)"),
        key=own_file.widget_key(KEY_B, "b_file"),
        max_upload_size=int(st.get_option("server.maxUploadSize")),
        help=t("Read in memory by a separate process, never stored, gone when cleared."),
    )
    if own_file.is_choice_gone(KEY_B, is_here=file is not None):
        with above:
            own_file.show_gone(
                t("Model B was **a file of your own** that is not here (any more)."),
                t("Choose it again, and everything else is as before. Or choose a sample as model B."),
            )
    if file is None:
        st.session_state.pop(UPLOAD_B, None)
        return None
    upload = read_once(file, UPLOAD_B, lambda: _read(file), lambda found: found.is_put_off)
    if upload.failure is not None:
        offer_again(upload.failure[0], "b_again")
        raise JouleLensError(*upload.failure)  # of whatever layer
    return upload


def _read(file: UploadedFile) -> Upload:
    with attending(t("Reading model B …")) as attend, file.getbuffer() as content:
        return read_upload(file.name, content, attend)


def _show(diff: ModelDiff) -> None:
    sentence = two_sentence(diff)
    st.markdown(f"**{literal(sentence)}**", help=explain("interval", "kernel", "MAC"))
    alt = t("Both models and their difference. {sentence}", sentence=plain(sentence))
    totals = _totals(diff)
    if on_paper():
        print_table(totals, alt, totals.columns[:-1])
    else:
        st.dataframe(totals, hide_index=True, placeholder="", alt=alt)
    rows = diff_frame(diff)
    moved = int((rows["energy_diff_mj"] != 0).sum())
    if moved:
        st.plotly_chart(
            diff_bars(rows),
            width=picture_width(),
            config=CONFIG,
            key="diff_bars",
            alt=t(
                "Kernels with the largest change of energy. {sentence} Same figures in the table.",
                sentence=plain(sentence),
            ),
        )
        st.caption(_picture_words(moved))
    _table(rows)
    st.caption(f"{unmatched_words(diff)} {t(HOW_SHARED)}")


def _picture_words(moved: int) -> str:
    if moved <= SHOWN:
        return tn(
            "The only change. Hatched: in one model only. Numbers: place in A → place in B.",
            "All {n} changes. Hatched: in one model only. Numbers: place in A → place in B.",
            moved,
        )
    return t(
        "The {shown} largest of {all} changes. Hatched: in one model only. Numbers: place in A → place in B.",
        shown=SHOWN,
        all=count(moved),
    )


def _totals(diff: ModelDiff) -> pd.DataFrame:
    a, b = diff.a, diff.b
    macs = [sum(part.kernel.macs for part in each.kernels) / 1e6 for each in (a, b)]
    share = diff.energy_diff_mj / a.energy_mj if a.energy_mj > 0 else 0.0
    return pd.DataFrame(
        {
            t("Model"): ["A", "B", t("B minus A")],
            t("Energy"): [
                energy(a.energy_mj),
                energy(b.energy_mj),
                f"{signed(diff.energy_diff_mj)} ({signed_number(100 * share)} %)",
            ],
            t("8 in 10 times"): [
                energy_range(a.energy_mj_low, a.energy_mj_high),
                energy_range(b.energy_mj_low, b.energy_mj_high),
                signed_range(diff.energy_diff_mj_low, diff.energy_diff_mj_high),
            ],
            t("Latency"): [
                latency(a.latency_ms),
                latency(b.latency_ms),
                signed_latency(diff.latency_diff_ms),
            ],
            t("Million MACs"): [number(macs[0]), number(macs[1]), signed_number(macs[1] - macs[0])],
            t("Kernels"): _amounts(len(a.kernels), len(b.kernels)),
            t("Precision"): [a.precision, b.precision, ""],
        }
    )


def _amounts(a: int, b: int) -> list[str]:
    sign = "" if a == b else "+" if b > a else "−"
    return [count(a), count(b), f"{sign}{count(abs(b - a))}"]


def diff_frame(diff: ModelDiff) -> pd.DataFrame:
    """Return one row per aligned pair, largest change first.

    Columns: place, words, name, match, match_words, energy_mj_a, energy_mj_b, energy_diff_mj, latency_ms_a,
    latency_ms_b, latency_diff_ms, macs_a, macs_b, macs_diff.
    """
    return pd.DataFrame([_diff_row(row) for row in diff.rows], columns=_COLUMNS)


_COLUMNS: Final = [
    "place", "words", "name", "match", "match_words", "energy_mj_a", "energy_mj_b", "energy_diff_mj",
    "latency_ms_a", "latency_ms_b", "latency_diff_ms", "macs_a", "macs_b", "macs_diff",
]  # fmt: skip


def _diff_row(row: DiffRow) -> dict[str, object]:
    kernels = [part.kernel if part else None for part in (row.a, row.b)]
    shown = kernels[1] or kernels[0]
    assert shown is not None  # noqa: S101 - a row has one of both
    place_a, place_b = (str(kernel.index) if kernel else "–" for kernel in kernels)
    return {
        "place": f"{place_a} → {place_b}",
        "words": kernel_words(shown),
        "name": printable(shown.name, 60),
        "match": row.match.value,
        "match_words": t(MATCHES[row.match]),
        "energy_mj_a": row.a.energy_mj if row.a else None,
        "energy_mj_b": row.b.energy_mj if row.b else None,
        "energy_diff_mj": row.energy_diff_mj,
        "latency_ms_a": row.a.latency_ms if row.a else None,
        "latency_ms_b": row.b.latency_ms if row.b else None,
        "latency_diff_ms": row.latency_diff_ms,
        "macs_a": row.a.kernel.macs if row.a else None,
        "macs_b": row.b.kernel.macs if row.b else None,
        "macs_diff": row.macs_diff,
    }


def _table(rows: pd.DataFrame) -> None:
    table = pd.DataFrame(
        {
            "A → B": rows["place"],
            t("Kernel"): rows["words"],
            t("Name"): rows["name"],
            t("In"): rows["match_words"],
            "B − A (mJ)": rows["energy_diff_mj"],
            "A (mJ)": rows["energy_mj_a"],
            "B (mJ)": rows["energy_mj_b"],
            "B − A (ms)": rows["latency_diff_ms"],
            "A (ms)": rows["latency_ms_a"],
            "B (ms)": rows["latency_ms_b"],
            t("B − A (million MACs)"): rows["macs_diff"] / 1e6,
            t("A (million MACs)"): rows["macs_a"] / 1e6,
            t("B (million MACs)"): rows["macs_b"] / 1e6,
        }
    )
    alt = t("Kernels of both models side by side, largest change of energy first")
    if on_paper():
        print_table(table, alt, table.columns[[0, 1, 3, 4, 5, 6, 7]])
        return
    st.dataframe(readable(table), hide_index=True, height=330, placeholder="–", alt=alt)


def _take_away(model: Model, choice: Target, other: Model, other_choice: Target, diff: ModelDiff) -> None:
    offer_csv(t("Download as CSV"), diff_csv(diff), "joulelens-two-models.csv", key="diff_csv")
    show_lines(two_command(model, choice, other, other_choice, diff))


def two_command(a: Model, choice: Target, b: Model, choice_b: Target, diff: ModelDiff) -> list[str]:
    """Return the lines that give this difference again, with a file of its own for each model."""
    path_a, path_b = model_path(a), model_path(b)
    if path_a == path_b and a.graph.sha256 != b.graph.sha256:
        path_b = f"b-{path_b.removeprefix('./')}"
    words = ["python", "-m", "predictors", "diff", path_a, path_b, *target_words(choice)]
    words += shape_words("--shape", a)
    if choice_b.precision != choice.precision:
        words += ["--precision-b", choice_b.precision]
    if a.shapes or b.shapes:
        words += shape_words("--shape-b", _with_all_shapes(b))
    files = {path_a: a, path_b: b}
    lines = [sample_command(model, path) for path, model in files.items() if model.sample_id]
    return [*lines, shlex.join([*words, *versions_words(diff)])]


def _with_all_shapes(model: Model) -> Model:
    """Return a model with the shapes of all inputs, so that a command leaves none to those of the other."""
    read = [(name, model.graph.shape(name)) for name in model.graph.inputs]
    return replace(model, shapes=tuple((name, shape) for name, shape in read if shape))
