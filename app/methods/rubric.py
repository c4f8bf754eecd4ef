"""The rubric of the letters, the interval of ranks and the assumptions of daily use, in words."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from app.i18n.formats import count, number, percent, with_signs
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn, verbatim
from app.label.grades import band_words, quantity_words
from app.ui.equations import show_equation
from app.ui.meaning import grid_words
from app.ui.print_view import show_data
from scoring.meaning import GRIDS, NOMINAL_VOLTAGE_V
from scoring.ranking import MIN_NETWORKS, RESAMPLES
from scoring.rubric import (
    LETTERS,
    NOT_CONSIDERED,
    PCS_RUBRIC,
    PROVISIONAL_BELOW,
    RUBRIC_VERSION,
    RUBRICS,
    Rubric,
)

POINTS: Final = PCS_RUBRIC.unit

_MEANING: Final = {
    "pcs": mark("80 points: a fifth of the thermal design power is drawn on average; 50 points: half of it."),
    "iecs": mark(
        "The mean instead of the sum, so that rows that were not measured neither help nor harm. On the "
        "full table of 35 rows the borders are an IECS of 210, 175, 140 and 105."
    ),
    "energy": mark("For classifying pictures, and where nobody says what a network is for."),
    "energy-3": mark("About three times the borders of classification, as reference networks take there."),
    "energy-10": mark("Ten times the borders of classification, as reference networks take there."),
}

_DAILY_USE: Final = verbatim(
    r"N_{charge} = \frac{C\,U}{E},\qquad t = \frac{C\,U}{\bar P},\qquad m_{CO_2} = 10^6\, E\, g"
)


def show_rubric() -> None:
    """Show borders, tolerance, what is not considered, and how ranks get their interval."""
    st.markdown(
        t(
            "Letters A to E follow **rubric {version}**. Its borders are fixed figures, not shares of the "
            "devices: a new device never changes the letter of an old one. They are this project's own "
            "choice, round numbers that spread today's devices over the letters. Graded is the figure as "
            "shown, with three significant digits; a figure on a border has the better letter.",
            version=RUBRIC_VERSION,
        )
    )
    show_data(rubric_table(), t("Borders and tolerance of each letter"))
    st.markdown("\n".join(f"- **{tell(rubric.quantity)}:** {t(_MEANING[rubric.id])}" for rubric in RUBRICS))
    st.markdown(
        t(
            "A score that rests on less than {share} of the possible rows has a *provisional* letter. Within "
            "the tolerance of a border the neighbouring letter is named as well.",
            share=percent(PROVISIONAL_BELOW, 2),
        )
    )
    st.header(t("What a letter does not consider"), anchor=False)
    st.markdown("\n".join(f"- {tell(line)}." for line in NOT_CONSIDERED))
    _ranks()
    _daily_use()


def rubric_table() -> pd.DataFrame:
    """Return one row per letter and a last one for the tolerance; a column per quantity."""
    columns = {
        quantity_words(rubric): [
            *(band_words(rubric, letter) for letter in LETTERS),
            tolerance_words(rubric),
        ]
        for rubric in RUBRICS
    }
    return pd.DataFrame({t("Letter"): [*LETTERS, t("Tolerance")], **columns})


def tolerance_words(rubric: Rubric) -> str:
    """Return the tolerance at a border in words."""
    if rubric.tolerance is None:
        return t("every letter the estimate's own interval reaches")
    if not rubric.is_absolute:
        return t("{share} of the border to either side", share=percent(rubric.tolerance, 1))
    if rubric.unit == POINTS:
        points = rubric.tolerance
        return tn("{n} point to either side", "{n} points to either side", points, n=number(points, 1))
    unit = tell(rubric.unit)
    return t("{tolerance} {unit} to either side", tolerance=number(rubric.tolerance, 1), unit=unit)


def _ranks() -> None:
    st.header(t("How stable a score and its rank are"), anchor=False)
    st.markdown(
        t(
            "The networks are drawn again {times} times with replacement, each with all its delegates, the "
            "same ones for every device, and scores and ranks are taken anew each time (a paired bootstrap; "
            "Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993). The interval holds 8 of 10 of "
            "them. It says how much hangs on the choice of networks, not how exact the meter was. With fewer "
            "than {least} networks there is none. The draws have a fixed seed, so everyone gets the same "
            "interval.",
            times=count(RESAMPLES),
            least=MIN_NETWORKS,
        )
    )


def _daily_use() -> None:
    st.header(t("What an energy means in daily use"), anchor=False)
    show_equation(_DAILY_USE)
    st.caption(
        t(
            "C: capacity of the battery (Ah); U: its voltage (V); E: energy per inference (kWh for the "
            "last); P: average power; g: greenhouse gas per kilowatt-hour"
        )
    )
    lines = [
        t(
            "Voltage {voltage} V is an assumption: the source gives only the capacity, and makers print "
            "{low} to {high} V on such cells. It can be changed where it is used.",
            voltage=with_signs(str(NOMINAL_VOLTAGE_V)),
            low=with_signs("3.8"),
            high=with_signs("3.87"),
        ),
        *(grid_words(grid) for grid in GRIDS),
        t("Losses of the charger and the battery, and its age, are not counted."),
    ]
    st.markdown("\n".join(f"- {line}" for line in lines))
