"""How good the estimates are: what can be estimated, and what the bench measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.charts.base import CONFIG
from app.charts.methods import AIM_PERCENT, ESTIMATES_PERCENT, calibration
from app.i18n.formats import number, plain
from app.i18n.texts import mark, t
from app.memo import kept_under
from app.methods.bench_results import (
    ResultTable,
    bench_tables,
    note_words,
    phrase,
    shown_table,
    stored_rows,
    title_words,
)
from app.methods.bench_words import SAYS_WHAT
from app.methods.pairs import show_pairs
from app.ui.boundary import boundary
from app.ui.lazy_section import folded
from app.ui.print_view import on_paper, show_data
from app.ui.tables import target_table, targets_sentence
from app.ui.target_names import delegate_names
from app.url_state import widgets

TABLE: Final = "calibration"
QUANTITIES: Final = {"energy": mark("Energy"), "latency": mark("Latency")}
PANELS_A_ROW: Final = 3  # of the text's width: narrower panels lose their ticks
GROUPS: Final = {
    "other-phones": mark("Other phones, whole networks"),
    "all-boards": mark("Boards, whole networks"),
}
"""What stands for several devices in the bench -> the title of its picture."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture: its title, and its rows with a column `line` for the name of each line."""

    title: str
    rows: pd.DataFrame


def show_calibration() -> None:
    """One picture per family of predictors, what they say together, and the figures."""
    rows = stored_rows(TABLE)
    st.header(t("Do the intervals hold?"), anchor=False)
    if rows.empty:
        st.info(t("No calibration is stored yet. `make bench` measures it."), icon=":material/query_stats:")
        return
    st.markdown(
        t(
            "An interval of 80 % should hold 8 of 10 measurements that the fit never saw, one of 50 % half "
            "of them. Each point is such a share: on the diagonal the intervals are honest, below it too "
            "narrow, above it too wide. The bar marks 75 to 85 % at the level of the estimates."
        )
    )
    quantity = widgets.segmented_control(
        t("Quantity"), {each: t(name) for each, name in QUANTITIES.items()}, "calibrated"
    )
    shown = rows[rows["quantity"] == quantity]
    panels = calibration_panels(shown)
    st.markdown(calibration_sentence(panels))
    for start in range(0, len(panels), PANELS_A_ROW):
        places = st.columns(PANELS_A_ROW)
        for place, panel in zip(places, panels[start : start + PANELS_A_ROW], strict=False):
            with place:
                _picture(panel, quantity)
    with st.expander(t("The same as a table"), expanded=on_paper()):
        show_data(level_table(panels), t("Share inside, by nominal level"))


def _picture(panel: Panel, quantity: str) -> None:
    st.markdown(f"**{panel.title}**")
    st.plotly_chart(
        kept_under((quantity, panel.title, panel.rows.to_csv()), calibration, panel.rows),
        config=CONFIG,
        key=f"calibration-{quantity}-{panel.title}",
        alt=plain(panel_words(panel)),
    )


def calibration_panels(rows: pd.DataFrame) -> list[Panel]:
    """Return the pictures of one quantity in the order of the table: per device and delegate, or group."""
    names = dict(zip(bundle_cache.devices()["device_id"], bundle_cache.devices()["name"], strict=True))
    by_group = rows.assign(panel=rows["delegate"].where(~rows["device_id"].isin(GROUPS), ""))
    panels = []
    for (device_id, delegate), members in by_group.groupby(["device_id", "panel"], sort=False):
        if device_id in GROUPS:
            title = t(GROUPS[str(device_id)])
        else:
            title = f"{names.get(device_id, device_id)}, {delegate_names([delegate])[delegate]}"
        panels.append(Panel(title, members.assign(line=_line_names(members))))
    return panels


def _line_names(rows: pd.DataFrame) -> list[str]:
    """Legend of the lines: the delegate on phones, otherwise what was left out of the fit."""
    if rows["delegate"].nunique() > 1:
        delegates = delegate_names(list(dict.fromkeys(rows["delegate"])))
        return [phrase(delegates[delegate]) for delegate in rows["delegate"]]
    says_what = rows["what"].nunique() > 1
    return [
        _left_out(what, protocol, says_what)
        for what, protocol in zip(rows["what"], rows["protocol"], strict=True)
    ]


def _left_out(what: str, protocol: str, says_what: bool) -> str:
    if not says_what or protocol == SAYS_WHAT:
        return phrase(protocol)
    return t("{what}: {left_out}", what=phrase(what), left_out=phrase(protocol))


def _at_estimates(panel: Panel) -> pd.DataFrame:
    return panel.rows[panel.rows["nominal_percent"] == ESTIMATES_PERCENT]


def panel_words(panel: Panel) -> str:
    """Return what a picture shows, in words: every line at the level of the estimates."""
    lines = [f"{row.line} {number(row.observed_percent)} %" for row in _at_estimates(panel).itertuples()]
    return t(
        "Observed share against nominal level, {where}. At 80 %: {lines}.",
        where=panel.title,
        lines="; ".join(lines),
    )


def calibration_sentence(panels: list[Panel]) -> str:
    """Return how the intervals of the estimates do over all pictures, and which lines are furthest off."""
    lines = [_at_estimates(panel).assign(where=panel.title) for panel in panels]
    rows = pd.concat(lines, ignore_index=True)
    low, high = AIM_PERCENT
    aim = rows["observed_percent"].between(low, high)
    least, most = rows.loc[rows["observed_percent"].idxmin()], rows.loc[rows["observed_percent"].idxmax()]
    return t(
        "At 80 %, the level of the estimates, {good} of {all} lines lie between 75 and 85 %. Too narrow "
        "above all: {least_where} ({least_line}), which hold {least} %. Too wide above all: {most_where} "
        "({most_line}), which hold {most} %.",
        good=int(aim.sum()),
        all=len(rows),
        least_where=least["where"],
        least_line=least["line"],
        least=number(least["observed_percent"]),
        most_where=most["where"],
        most_line=most["line"],
        most=number(most["observed_percent"]),
    )


def level_table(panels: list[Panel]) -> pd.DataFrame:
    """Return one row per line with the observed share (%) under each nominal level."""
    lines = []
    for panel in panels:
        for name, points in panel.rows.groupby("line", sort=False):
            row = {t("Where"): panel.title, t("Left out"): name, t("Measurements"): int(points["n"].iloc[0])}
            pairs = zip(points["nominal_percent"], points["observed_percent"], strict=True)
            lines.append(row | {f"{number(nominal, 2)} %": observed for nominal, observed in pairs})
    return pd.DataFrame(lines)


def show_accuracy() -> None:
    """What can be estimated and how well, and what `make bench` measured, or where it would stand."""
    with boundary("estimated against measured"):
        show_pairs()
    with boundary("targets"):
        _targets()
    with boundary("calibration"):
        show_calibration()
    tables = bench_tables()
    if not tables:
        st.info(
            t(
                "No accuracy tables are stored yet. `make bench` measures them and writes them to "
                "`docs/bench`."
            ),
            icon=":material/query_stats:",
        )
        return
    st.header(t("Every table of the bench"), anchor=False)
    if on_paper():
        st.caption(t("The tables themselves are files in `docs/bench`."))
        st.markdown("\n".join(f"- {title_words(table)}" for table in tables))
        return
    for place, table in enumerate(tables):
        folded(title_words(table), f"bench-{place}", partial(_show_table, table))


def _show_table(table: ResultTable) -> None:
    st.caption(note_words(table))
    show_data(shown_table(table), title_words(table), placeholder="–")


def _targets() -> None:
    st.header(t("What can be estimated, and how well"), anchor=False)
    targets = bundle_cache.targets()
    st.markdown(targets_sentence(targets))
    names = dict(zip(bundle_cache.devices()["device_id"], bundle_cache.devices()["name"], strict=True))
    show_data(target_table(targets, names), t("Every target with its held-out error"))
