"""The picture of the choices within limits: one dot per model, against accuracy or time, limits as lines."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.pareto import ACCURACY, LATENCY, Lines, front_chart
from app.compare.accuracy import LEAST_KEY, unknown_words
from app.compare.limit_words import accuracy_sentence, front_sentence
from app.i18n.formats import plain, rounded
from app.i18n.texts import mark, t, tn
from app.ui.glossary import explain
from app.ui.print_view import picture_width
from app.url_state import widgets
from scoring.pareto import Cost, Limits, pareto_front

AXES: Final = {ACCURACY: mark("Accuracy"), LATENCY: mark("Time")}
TWO: Final = 2
"""So many models of known accuracy (or all) make the picture against accuracy the first one."""
TOP1_ABOVE: Final = 101.0
"""More than any top-1 (%): what an accuracy lacks of it is a cost above 0, as the front wants it."""
DIGITS: Final = 3
"""Significant digits kept of a limit that was dragged: as many as the screen shows."""
READING: Final = mark(
    "One dot per model and precision, where it takes least. Joined: nothing beats these in both. Hollow: "
    "over a limit. Square: measured; round: estimated. Colour: device. A click shows a choice below."
)


def show_picture(found: pd.DataFrame, limits: Limits, least_percent: float) -> str:
    """Show the choices: `found` has the columns of `ranked` and `with_accuracy`, least energy first.

    Returns what more accuracy costs, in words; "" in a picture against time.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        against = _choose_axis(found)
        shows_all = st.toggle(t("Show every choice"), key="every", bind="query-params")
        is_dragging = st.toggle(
            t("Drag limits"),
            key="dragging",
            help=t("Drag a box over the picture: its edges on the good side become the limits."),
        )
    rows = picture_rows(found, against, shows_all=shows_all)
    if rows.empty:
        st.info(unknown_words(found))
        return ""
    sentence = accuracy_sentence(rows) if against == ACCURACY else front_sentence(found)
    lines = Lines(limits.energy_mj, limits.latency_ms, least_percent)
    # Another key with other limits: a box that was dragged does not stay over the picture.
    key = f"front-{against}-{lines.key}"
    st.plotly_chart(
        front_chart(rows, lines, against, is_dragging=is_dragging),
        config=CONFIG,
        width=picture_width(),
        key=key,
        selection_mode=("points", "box"),
        on_select=lambda: _take(key, against),
        alt=tn(
            "Energy of {n} choice. {sentence} Tables follow.",
            "Energy of {n} choices. {sentence} Tables follow.",
            len(rows),
            sentence=plain(sentence),
        ),
    )
    of_accuracy = against == ACCURACY
    words = [t(READING), unknown_words(found)] if of_accuracy else [sentence, t(READING)]
    st.caption(" ".join(each for each in words if each), help=explain("interval", "top-1"))
    return sentence if of_accuracy else ""


def _choose_axis(found: pd.DataFrame) -> str:
    known = found.dropna(subset=["top1_percent"])["model_id"].nunique()
    is_known = known >= TWO or known == found["model_id"].nunique()
    return widgets.segmented_control(
        t("Energy against"),
        {each: t(words) for each, words in AXES.items()},
        "against",
        usual=ACCURACY if is_known else LATENCY,
        noun=t("axis"),
    )


def picture_rows(found: pd.DataFrame, against: str, *, shows_all: bool = False) -> pd.DataFrame:
    """Return what the picture shows, with `rank` (place on the front of this picture, 0 off it) and `name`.

    Of each model and precision it is the choice with the least energy that keeps the limits, or with the
    least energy where none does; against time also every choice on the front. `name` is the direct label.
    Choices without an accuracy are not in the picture against accuracy.
    """
    known = found.dropna(subset=["top1_percent"]) if against == ACCURACY else found
    ordered = known.sort_values("fits", ascending=False, kind="stable")
    best = ordered.drop_duplicates(["model_id", "precision"]).index
    names = [f"{row.model} {row.precision}" if row.Index in best else "" for row in known.itertuples()]
    rows = known.assign(name=names)
    if against == ACCURACY:
        rows = rows.assign(rank=_accuracy_rank(rows, best), rival=False)
    is_shown = (rows["name"] != "") | (rows["rank"] > 0)
    return rows if shows_all else rows[is_shown]


def _accuracy_rank(rows: pd.DataFrame, best: pd.Index) -> pd.Series:
    """Return the place of each best choice on the front of energy and accuracy, 0 off it."""
    of_models = rows.loc[rows.index.isin(best)].sort_values("energy_mj", kind="stable")
    costs = [Cost(row.energy_mj, TOP1_ABOVE - row.top1_percent) for row in of_models.itertuples()]
    front = pd.Series(pareto_front(costs), index=of_models.index, dtype=bool)
    ranks = front.cumsum().where(front, 0)
    return ranks.reindex(rows.index, fill_value=0).astype(int)


def _take(key: str, against: str) -> None:
    """Take what was clicked as the choice to look at, or the edges of a dragged box as limits."""
    selection = st.session_state[key]["selection"]
    boxes = selection.get("box") or []
    if boxes:
        take_box(boxes[0], against)
        return
    clicked = [point["customdata"][0] for point in selection["points"] if point.get("customdata")]
    if clicked:
        st.session_state["choice"] = clicked[0]


def take_box(box: dict[str, list[float]], against: str) -> None:
    """Set the limits to the edges of a box on their good side: most energy, most time, least accuracy."""
    across, up = box.get("x", []), box.get("y", [])
    if len(across) < TWO or len(up) < TWO or not math.isfinite(sum((*across, *up))):
        return
    st.session_state["mj"] = rounded(max(max(up), 0.001), DIGITS)
    if against == ACCURACY:
        st.session_state[LEAST_KEY] = rounded(min(max(min(across), 0.0), 100.0), DIGITS)
    else:
        st.session_state["ms"] = rounded(max(max(across), 0.001), DIGITS)
