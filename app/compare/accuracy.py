"""Accuracy beside energy: the published top-1 of the samples, or a figure of the reader's own per model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd
import streamlit as st

from app.compare.options import model_labels, reference_labels
from app.i18n.formats import listing, literal, number
from app.i18n.texts import t, tn
from app.url_state.number_fields import ACCURACY_PREFIX, MOST_PERCENT
from predictors.samples.accuracy import Top1, published_top1

LEAST_KEY: Final = "top1"
"""Widget key and address parameter of the lowest accuracy that is allowed."""
YOURS: Final = "yours"


def own_key(model_id: str, precision: str) -> str:
    """Return the key of the field that holds the reader's own accuracy of a model in a precision."""
    return f"{ACCURACY_PREFIX}{model_id}_{precision}"


def published(model_id: str, precision: str) -> Top1 | None:
    """Return the published accuracy to show, None where none is known for this very network."""
    figures = published_top1().get((model_id, precision), ())
    return figures[0] if figures else None


def with_accuracy(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows (model_id, precision) with top1_percent (NaN where unknown) and top1_source added.

    What the reader entered goes before what was published; its source is "yours".
    """
    told = {pair: _accuracy(*pair) for pair in set(zip(rows["model_id"], rows["precision"], strict=True))}
    pairs = list(zip(rows["model_id"], rows["precision"], strict=True))
    return rows.assign(
        top1_percent=pd.Series([told[pair][0] for pair in pairs], index=rows.index, dtype=float),
        top1_source=[told[pair][1] for pair in pairs],
    )


def _accuracy(model_id: str, precision: str) -> tuple[float, str]:
    own = st.session_state.get(own_key(model_id, precision))
    if own is not None:
        return float(own), YOURS
    figure = published(model_id, precision)
    return (math.nan, "") if figure is None else (figure.top1_percent, f"{figure.weights}; {figure.source}")


def accuracy_words(row: Mapping[str, object]) -> str:
    """Return the accuracy of a choice with its source, as Markdown; "" where none is known."""
    top1_percent = float(str(row["top1_percent"]))
    if math.isnan(top1_percent):
        return ""
    if row["top1_source"] == YOURS:
        return t("Top-1 accuracy {top1} %, as you entered it.", top1=number(top1_percent))
    figure = published(str(row["model_id"]), str(row["precision"]))
    if figure is None:
        return ""
    others = published_top1()[figure.sample_id, figure.precision][1:]
    words = t(
        "Top-1 accuracy {top1} %, published for the weights {weights} ([source]({address})).",
        top1=number(top1_percent),
        weights=literal(figure.weights),
        address=figure.address,
    )
    if not others:
        return words
    figures = listing([f"{number(each.top1_percent)} % ({literal(each.weights)})" for each in others])
    return " ".join([words, t("Other weights: {figures}.", figures=figures)])


def choose_least() -> float:
    """Let the least accuracy be set (top-1, %); 0 where there is no limit."""
    value = st.number_input(
        t("At least (% top-1)"),
        min_value=0.0,
        max_value=MOST_PERCENT,
        value=None,
        step=1.0,
        format="%g",
        key=LEAST_KEY,
        bind="query-params",
        placeholder=t("no limit"),
        help=t("Published ImageNet accuracy of the network, or your own. Empty: no limit."),
    )
    return 0.0 if value is None else float(value)


def choose_own(model_ids: Sequence[str], precisions: Sequence[str]) -> None:
    """Let the accuracy of each model be entered, behind a button; what was published stands in the field."""
    labels = {**reference_labels(), **model_labels()}
    with st.popover(t("Accuracy of your own"), icon=":material/target:", width="stretch"):
        st.caption(
            t(
                "Top-1 in %. Grey: published for this very network, with the weights that are named. A "
                "figure of yours replaces it and is kept in the address."
            )
        )
        for model_id in model_ids:
            for precision in precisions:
                figure = published(model_id, precision)
                st.number_input(
                    f"{literal(labels.get(model_id, model_id))}, {precision}",
                    min_value=0.0,
                    max_value=MOST_PERCENT,
                    value=None,
                    step=0.1,
                    format="%g",
                    key=own_key(model_id, precision),
                    bind="query-params",
                    placeholder=t("none published") if figure is None else number(figure.top1_percent),
                    help=None if figure is None else f"{literal(figure.weights)}: {literal(figure.source)}",
                )


def accurate_enough(found: pd.DataFrame, least_percent: float) -> tuple[pd.DataFrame, str]:
    """Return the rows (with `with_accuracy`) at or above a least accuracy, and who was left out, in words."""
    if not least_percent:
        return found, ""
    unknown = found["top1_percent"].isna()
    kept = found[found["top1_percent"] >= least_percent]
    below = _names(found[~unknown & (found["top1_percent"] < least_percent)])
    parts = []
    if below:
        parts.append(
            tn("{names} is less accurate.", "{names} are less accurate.", len(below), names=listing(below))
        )
    if missing := _names(found[unknown]):
        parts.append(
            tn(
                "Of {names} no accuracy is known: enter your own.",
                "Of {names} no accuracy is known: enter your own.",
                len(missing),
                names=listing(missing),
            )
        )
    words = t("Only models with a top-1 of at least {least} % are shown.", least=number(least_percent))
    return kept, " ".join([words, *parts])


def _names(rows: pd.DataFrame) -> list[str]:
    return [literal(f"{model} {precision}") for model, precision in _pairs(rows)]


def _pairs(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(dict.fromkeys(zip(rows["model"], rows["precision"], strict=True)))


def unknown_words(found: pd.DataFrame) -> str:
    """Return which models are not in the picture because their accuracy is not known; "" if all are."""
    missing = _names(found[found["top1_percent"].isna()])
    if not missing:
        return ""
    return t("Not in the picture, as no accuracy is known: {names}.", names=listing(missing))
