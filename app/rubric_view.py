"""The rubric of the letters, the interval of ranks and the assumptions of daily use, in words."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from app.meaning_words import grid_words
from scoring.meaning import GRIDS, NOMINAL_VOLTAGE_V
from scoring.rank import MIN_ROWS, RESAMPLES
from scoring.rubric import LETTERS, NOT_CONSIDERED, PROVISIONAL_BELOW, RUBRIC_VERSION, RUBRICS, Rubric

_MEANING: Final = {
    "pcs": "80 points: a fifth of the thermal design power is drawn on average; 50 points: half of it.",
    "iecs": "The mean instead of the sum, so that rows that were not measured neither help nor harm. On the "
    "full table of 35 rows the borders are an IECS of 210, 175, 140 and 105.",
    "energy": "By energy alone, whatever the network does.",
}


def show_rubric() -> None:
    """Show borders, tolerance, what is not considered, and how ranks get their interval."""
    st.markdown(
        f"Letters A to E follow **rubric {RUBRIC_VERSION}**. Its borders are fixed figures, not shares of "
        "the devices: a new device never changes the letter of an old one. They are this project's own "
        "choice, round numbers that spread today's devices over the letters. Graded is the figure as shown, "
        "with three significant digits; a figure on a border has the better letter."
    )
    st.dataframe(rubric_table(), hide_index=True, alt="Borders and tolerance of each letter")
    st.markdown("\n".join(f"- **{rubric.quantity}:** {_MEANING[rubric.id]}" for rubric in RUBRICS))
    st.markdown(
        f"A score that rests on less than {PROVISIONAL_BELOW:.0%} of the possible rows has a *provisional* "
        "letter. Within the tolerance of a border the neighbouring letter is named as well."
    )
    st.header("What a letter does not consider", anchor=False)
    st.markdown("\n".join(f"- {line}." for line in NOT_CONSIDERED))
    _ranks()
    _daily_use()


def rubric_table() -> pd.DataFrame:
    """Return one row per letter and a last one for the tolerance; a column per quantity."""
    columns = {
        f"{rubric.quantity} ({rubric.unit})": [*map(rubric.band, LETTERS), tolerance_words(rubric)]
        for rubric in RUBRICS
    }
    return pd.DataFrame({"Letter": [*LETTERS, "Tolerance"], **columns})


def tolerance_words(rubric: Rubric) -> str:
    """Return the tolerance at a border in words."""
    if rubric.tolerance is None:
        return "every letter the estimate's own interval reaches"
    if rubric.is_absolute:
        return f"{rubric.tolerance:g} {rubric.unit.removesuffix('s')} to either side"
    return f"{100 * rubric.tolerance:g} % of the border to either side"


def _ranks() -> None:
    st.header("How stable a score and its rank are", anchor=False)
    st.markdown(
        f"The rows are drawn again {RESAMPLES:,} times with replacement, the same rows for every device, and "
        "scores and ranks are taken anew each time (a paired bootstrap; Efron and Tibshirani, *An "
        "Introduction to the Bootstrap*, 1993). The interval holds 8 of 10 of them. It says how much hangs "
        f"on the choice of networks and delegates, not how exact the meter was. With fewer than {MIN_ROWS} "
        "rows there is none. The draws have a fixed seed, so everyone gets the same interval."
    )


def _daily_use() -> None:
    st.header("What an energy means in daily use", anchor=False)
    st.latex(
        r"N_{charge} = \frac{C\,U}{E},\qquad t = \frac{C\,U}{\bar P},\qquad "
        r"m_{CO_2} = 10^6\, E\, g"
    )
    st.caption(
        "C: capacity of the battery (Ah); U: its voltage (V); E: energy per inference (kWh for the last); P: "
        "average power; g: greenhouse gas per kilowatt-hour"
    )
    lines = [
        f"Voltage {NOMINAL_VOLTAGE_V} V is an assumption: the source gives only the capacity, and makers "
        "print 3.8 to 3.87 V on such cells. It can be changed where it is used.",
        *(grid_words(grid) for grid in GRIDS),
        "Losses of the charger and the battery, and its age, are not counted.",
    ]
    st.markdown("\n".join(f"- {line}" for line in lines))
