"""Energy against work: a mark per measurement on two logarithmic axes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.charts.axes import legend_above, series_looks, short, unit_axis
from app.charts.base import INK, bare, picture
from app.charts.one_scope import check_one_scope
from app.i18n.formats import energy, number
from app.i18n.texts import t, tn

HEIGHT: Final = 370  # px; sentence and picture fit on a screen of 768 px
FEW: Final = 400
"""Up to so many marks they are drawn larger."""
MANY: Final = 400
"""Above so many marks, those that would lie on one another are drawn as one."""
MOST_SHAPES: Final = 2_500
"""Up to so many marks they are shapes of the page; more are left to the graphics processor. To get that ready
takes browsers without one most of a second, which is what they need for as many shapes."""
ACROSS, UP = 200, 52
"""Places that a picture has for marks: 5 to 6 pixels each on a wide screen, where a mark is 5 wide."""
FLAGGED_SYMBOL, YOURS_SYMBOL = "x", "star"


@picture
def energy_macs(points: pd.DataFrame) -> go.Figure:
    """Return the scatter of `points`; rows without work or energy are left out, ranges are vertical lines.

    Columns: device_id, series (label of device and back end), delegate, macs_m, energy_mj, min_energy_mj and
    max_energy_mj (NaN except for published ranges), words (what was measured), origin, flagged, meter_scope
    (one for all).
    """
    check_one_scope(points["meter_scope"])
    drawn = points[points["macs_m"] > 0]
    single, ranges = drawn[drawn["energy_mj"] > 0], drawn[drawn["max_energy_mj"] > 0]
    figure = bare(HEIGHT)
    looks = series_looks(drawn)
    marks = one_per_place(single)
    # The largest series first, so that it does not hide the others.
    for name, members in sorted(marks.groupby("series", sort=False), key=lambda part: -len(part[1])):
        figure.add_trace(_marks(members, str(name), looks[str(name)], len(marks)))
    for name, members in ranges.groupby("series", sort=False):
        figure.add_trace(_range_lines(members, str(name), looks[str(name)]))
    _label_axes(figure, single, ranges)
    legend_above(figure)
    return figure


def one_per_place(single: pd.DataFrame) -> pd.DataFrame:
    """Return the marks to draw, with `amount`: how many measurements of one series each stands for.

    Each measurement is a mark up to MANY. Above, those of one series and kind (known to be odd, the reader's
    own) that would lie on one another are one, with the place and the words of the first.
    """
    if len(single) <= MANY:
        return single.assign(amount=1)
    places = [_place(single["macs_m"], ACROSS), _place(single["energy_mj"], UP)]
    marks = single.assign(across=places[0], up=places[1])
    same = marks.groupby(["series", "origin", "flagged", "across", "up"], sort=False)
    first = ~same.cumcount().astype(bool)
    return marks.assign(amount=same["up"].transform("size"))[first].drop(columns=["across", "up"])


def _place(values: pd.Series, places: int) -> pd.Series:
    powers = np.log10(values)
    low, high = powers.min(), powers.max()
    return ((powers - low) / max(high - low, 1e-9) * places).astype(int)


def _label_axes(figure: go.Figure, single: pd.DataFrame, ranges: pd.DataFrame) -> None:
    energies = pd.concat([single["energy_mj"], ranges["min_energy_mj"], ranges["max_energy_mj"]]).dropna()
    work = pd.concat([single["macs_m"], ranges["macs_m"]])
    figure.update_xaxes(title_text=t("Work (million MACs), logarithmic"))
    figure.update_yaxes(title_text=t("Energy, logarithmic"))
    if not energies.empty:
        figure.update_xaxes(**unit_axis(work.min(), work.max(), lambda value: short(number(value))))
        figure.update_yaxes(**unit_axis(energies.min(), energies.max(), lambda value: short(energy(value))))


def _marks(members: pd.DataFrame, name: str, look: tuple[str, str], total: int) -> Any:
    colour, symbol = look
    flagged = members["flagged"].to_numpy()
    yours = (members["origin"] == "yours").to_numpy()
    symbols: Any = symbol
    if flagged.any() or yours.any():
        symbols = np.where(flagged, FLAGGED_SYMBOL, np.where(yours, YOURS_SYMBOL, symbol))
    draw = go.Scatter if total <= MOST_SHAPES else go.Scattergl
    return draw(
        name=name,
        x=members["macs_m"].to_numpy("float32"),
        y=members["energy_mj"].to_numpy("float32"),
        mode="markers",
        marker={
            "size": np.where(yours, 13, 7) if yours.any() else (8 if total <= FEW else 5),
            "color": colour,
            "symbol": symbols,
            "opacity": 0.85 if total <= FEW else _opacity(members["amount"]),
        },
        text=[_words(row.words, row.amount) for row in members.itertuples()],
        hovertemplate=_hover(name),
    )


def _opacity(amounts: pd.Series) -> Any:
    """Opacity of each mark: several measurements in one place look as dark as overlapping marks would."""
    return 0.55 if (amounts == 1).all() else (1 - 0.45 ** amounts.clip(upper=3)).to_numpy("float32")


def _words(words: str, amount: int) -> str:
    if amount == 1:
        return words
    more = tn("and {n} more in the same place", "and {n} more in the same place", amount - 1)
    return f"{words}<br>{more}"


def _range_lines(members: pd.DataFrame, name: str, look: tuple[str, str]) -> go.Scatter:
    """Vertical lines from smallest to largest energy, with gaps between them, at the mean work."""
    gap = np.full(len(members), np.nan)
    x = np.column_stack([members["macs_m"], members["macs_m"], gap]).ravel()
    y = np.column_stack([members["min_energy_mj"], members["max_energy_mj"], gap]).ravel()
    return go.Scatter(
        name=t("{series}, published range", series=name),
        x=x,
        y=y,
        mode="lines+markers",
        line={"color": look[0], "width": 3},
        marker={"symbol": "line-ew", "size": 10, "line": {"width": 2, "color": INK}},
        text=np.repeat(members["words"].to_numpy(), 3),
        hovertemplate=_hover(name),
    )


def _hover(series: str) -> str:
    work = t("{work} million MACs", work="%{x:,.3~g}")
    return f"<b>%{{text}}</b><br>{work}<br>%{{y:,.4~g}} mJ<extra>{series}</extra>"
