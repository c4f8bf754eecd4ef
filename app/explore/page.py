"""One level explored: filters, sentence, picture, table, files, and what is known about the figures."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.charts.base import CONFIG
from app.charts.cells import measurement_cells
from app.charts.energy_macs import energy_macs
from app.charts.one_scope import check_one_scope
from app.charts.spread import spread, summary
from app.charts.token_lines import token_lines
from app.explore.carried_rows import carry_rows, show_rows_of_link
from app.explore.filters import show_filters
from app.explore.words import describe, flags_sentence, not_drawn, sentence
from app.explore.yours import show_rows_gone
from app.i18n.formats import capital, count, listing, plain
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn
from app.measurements.levels import HEAT_ENERGY, HEAT_POWER, LEVELS, MACS, REQUEST, TOKENS, Level
from app.measurements.rows import (
    LINKED_SOURCE,
    as_csv,
    as_parquet,
    brought_as,
    bundled_rows,
    delegate_label,
    level_rows,
    note_words,
    own_levels_gone,
    own_rows,
    sized_models,
    table_notes,
    value_words,
    years_words,
)
from app.memo import kept, kept_under
from app.ui.colours import ACCENT, device_colour, kernel_colour
from app.ui.print_view import on_paper, picture_width, show_data, show_kept
from app.ui.tables import readable
from app.ui.target_names import DELEGATE_NAMES, meter_name
from app.url_state import widgets
from data.contribution.check import YOURS

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

ON_SCREEN: Final = 100
"""Rows of the table on screen; the files hold all."""


def show_figures() -> None:
    """Let level and picture be chosen, and show them."""
    show_rows_of_link()
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        level = _choose_level()
        picture = _choose_picture(level)
    carry_rows(brought_as(level))
    if brought_as(level) in own_levels_gone():
        show_rows_gone()
        return
    _show_level(level, picture)


def _choose_level() -> Level:
    titles = {level.id: t(level.title) for level in LEVELS.values()}
    chosen = widgets.segmented_control(
        t("Level"), titles, "level", noun=t("level"), label_visibility="collapsed", wrap=True
    )
    return LEVELS[chosen]


def _show_level(level: Level, picture: str) -> None:
    if _described(level).empty:
        st.info(
            t(
                "This bundle holds no figures on this level. It was built without the sources whose "
                "publisher states no licence; `python -m data build` builds the full one."
            ),
            icon=":material/info:",
        )
        return
    rows = _described(level)
    words_place = st.container()  # the answer stands before the filters, also on a phone
    shown = show_filters(level, rows)
    if shown.empty:
        st.info(
            t("No row passes these filters. Take one back, or set one with a single value to “any”."),
            icon=":material/filter_alt:",
        )
        return
    which: Hashable = None
    if own_rows(level).empty:
        # Tens of thousands of rows: the key of every picture and table kept would hold the index of each.
        which = (level.id, hashlib.sha256(shown.index.to_numpy().tobytes()).digest())
        words, figures = kept_under((which, picture), _words_and_figures, level, picture, shown)
    else:
        words, figures = _words_and_figures(level, picture, shown)
    words_place.markdown(words)
    left_out = not_drawn(shown) if picture == MACS else ""
    said = (_amount(shown, rows), measured_sentence(shown), left_out, flags_sentence(shown))
    st.caption(" ".join(each for each in said if each))
    for place, (meter, figure) in enumerate(figures):
        if meter:
            st.markdown(f"**{capital(meter)}**")
        chart = f"chart-{level.id}-{picture}" + (f"-{place}" if place else "")
        alt = plain(f"{capital(meter)}. {words}" if meter else words)
        st.plotly_chart(figure, config=CONFIG, width=picture_width(), key=chart, alt=alt)
    st.caption(_reading(picture))
    _show_table(level, shown, which)
    _show_files(level, shown)
    known, sources = kept_under(which, _notes, level, shown) if which else _notes(level, shown)
    title = t("What is known about these figures ({amount})", amount=count(len(known)))
    with st.expander(title, expanded=on_paper()):
        st.markdown("\n".join(f"- {words}" for words in known) or t("Nothing odd is known."))
    with st.expander(t("Sources of this view"), expanded=on_paper()):
        st.markdown("\n".join(f"- {words}" for words in sources))


def measured_sentence(rows: pd.DataFrame) -> str:
    """Return in which years the rows were measured, as the sources state it."""
    years = list(dict.fromkeys(years_words(each) for each in sorted(rows["measured_in"].dropna().unique())))
    if not years:
        return ""
    words = [t("Measured in {years}.", years=listing(years))]
    if rows["measured_in"].isna().any():
        words.append(t("Of others the source gives no date."))
    return " ".join(words)


def _described(level: Level) -> pd.DataFrame:
    """Every row of a level, the reader's own first, with what the marks say."""
    if own_rows(level).empty:
        return kept(_described_bundled, level.id)
    return describe(level, level_rows(level))


def _described_bundled(level_id: str) -> pd.DataFrame:
    rows = bundled_rows(level_id)
    return rows if rows.empty else describe(LEVELS[level_id], rows)


def _words_and_figures(
    level: Level, picture: str, shown: pd.DataFrame
) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """The sentence over a picture, and the picture; dots and lines of several meters get one picture each.

    What one meter saw is not what another saw, so they share no axis; the name of the meter stands over each.
    """
    groups = _groups(level, shown)
    words = sentence(level, picture, shown, groups)
    meters = shown["meter_scope"].fillna("")
    parts = list(shown.groupby(meters, sort=True)) if picture in ONE_PER_METER else []
    if len(parts) < 2:
        return words, (("", _figure(level, picture, shown, groups)),)
    return words, tuple(
        (_meter_words(str(meter)), _figure(level, picture, members, groups)) for meter, members in parts
    )


def _choose_picture(level: Level) -> str:
    if len(level.pictures) == 1:
        return next(iter(level.pictures))
    pictures = {picture: t(label) for picture, label in level.pictures.items()}
    return widgets.segmented_control(
        t("Picture"),
        pictures,
        f"{level.id}-picture",
        noun=t("picture"),
        label_visibility="collapsed",
        wrap=True,
    )


def _amount(shown: pd.DataFrame, rows: pd.DataFrame) -> str:
    mine = int((shown["origin"] == YOURS).sum())
    if not mine:
        return tn("{shown} of {n} row.", "{shown} of {n} rows.", len(rows), shown=count(len(shown)))
    if shown["source_title"].eq(LINKED_SOURCE).any():
        return tn(
            "{shown} of {n} row, {mine} of them from the link.",
            "{shown} of {n} rows, {mine} of them from the link.",
            len(rows),
            shown=count(len(shown)),
            mine=count(mine),
        )
    return tn(
        "{shown} of {n} row, {mine} of them yours.",
        "{shown} of {n} rows, {mine} of them yours.",
        len(rows),
        shown=count(len(shown)),
        mine=count(mine),
    )


def _figure(level: Level, picture: str, shown: pd.DataFrame, groups: pd.DataFrame) -> Any:
    if picture == MACS:
        ranges = {name: float("nan") for name in ("min_energy_mj", "max_energy_mj") if name not in shown}
        return energy_macs(shown.assign(**ranges))
    if picture in (TOKENS, REQUEST):
        return token_lines(shown, "energy_mj" if picture == REQUEST else "energy_per_output_token_mj")
    if picture in (HEAT_ENERGY, HEAT_POWER):
        return measurement_cells(heat_cells(shown), "energy" if picture == HEAT_ENERGY else "power")
    return spread(groups)


def heat_cells(shown: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of application by delegate: medians over devices, marked where one is odd."""
    check_one_scope(shown["meter_scope"])
    order = [name for name in DELEGATE_NAMES if name in set(shown["delegate"])]
    order += sorted(set(shown["delegate"]) - set(order))
    applications = shown["application"].map(lambda name: capital(tell(str(name))))
    labels = applications + "<br>" + sized_models(shown) + "<br>" + shown["precision"]
    named = shown.assign(network=labels)
    grouped = named.groupby(["network", "delegate"], sort=False)
    cells = grouped[["energy_mj", "avg_power_w"]].median().join(grouped["flagged"].any())
    full = pd.MultiIndex.from_product([list(dict.fromkeys(labels)), order], names=["network", "delegate"])
    cells = cells.reindex(full).reset_index()
    cells["delegate_name"] = cells["delegate"].map(
        lambda name: t(DELEGATE_NAMES[name]) if name in DELEGATE_NAMES else name
    )
    odd = cells["flagged"].astype("boolean").fillna(False)
    cells["odd_columns"] = [frozenset({""}) if each else frozenset() for each in odd]
    return cells


def _groups(level: Level, shown: pd.DataFrame) -> pd.DataFrame:
    stated = shown.assign(meter_scope=shown["meter_scope"].fillna(""))
    groups = summary(stated, [*level.group, "meter_scope"], level.measure)
    # One part of the picture per meter: what one saw is not what another saw.
    groups = groups.sort_values("meter_scope", kind="stable", ignore_index=True)
    is_parted = groups["meter_scope"].nunique() > 1
    groups = groups.assign(scope=groups["meter_scope"].map(_meter_words) if is_parted else "")
    if level.group == ("kernel",):
        labels = groups["kernel"]
        colours = labels.map(lambda kind: kernel_colour("conv-bn-relu" if kind == "conv" else kind))
    elif "device" in groups:
        labels = groups["device"] + ", " + groups[level.group[1]].map(delegate_label)
        ids = dict(zip(shown["device"], shown["device_id"], strict=True))
        colours = groups["device"].map(lambda name: device_colour(str(ids[name])))
    else:
        labels, colours = groups[level.group[0]].astype(str), pd.Series(ACCENT, index=groups.index)
    return groups.assign(label=labels, colour=colours)


def _reading(picture: str) -> str:
    return t(_READING.get(picture, _READING_SPREAD))


def _meter_words(meter: str) -> str:
    return meter_name(meter) if meter else t("meter not stated")


ONE_PER_METER: Final = (MACS, TOKENS, REQUEST, HEAT_ENERGY, HEAT_POWER)
_READING_CELLS: Final = mark("Lighter is more. † holds a doubtful value.")
_READING_LINES: Final = mark("One line per prompt length. Crosses: doubtful values.")
_READING_SPREAD: Final = mark(
    "Diamond: median; box: the middle half; line: smallest to largest; in brackets: rows."
)
_READING: Final = {
    MACS: mark(
        "One dot per measurement; those on one another are one, and hovering says how many. Crosses: "
        "doubtful values."
    ),
    HEAT_ENERGY: _READING_CELLS,
    HEAT_POWER: _READING_CELLS,
    TOKENS: _READING_LINES,
    REQUEST: _READING_LINES,
}


def _show_table(level: Level, shown: pd.DataFrame, which: Hashable) -> None:
    """Show the first rows; `which` tells rows of the bundle from others, None with rows of the reader's."""
    amount = tn(*level.amounts, min(len(shown), ON_SCREEN))
    alt = t("Table of this view, three significant digits: {amount}", amount=amount)
    if which is None:
        show_data(_table(level, shown), alt, height=330, placeholder="")
    else:
        show_kept(which, partial(_readable, level, shown), alt, height=330, placeholder="")
    if len(shown) > ON_SCREEN:
        st.caption(
            t(
                "The first {first} of {all} rows; the files hold all.",
                first=count(ON_SCREEN),
                all=count(len(shown)),
            )
        )


def _readable(level: Level, shown: pd.DataFrame) -> Styler | pd.DataFrame:
    return readable(_table(level, shown))


def _table(level: Level, shown: pd.DataFrame) -> pd.DataFrame:
    columns = [
        name
        for name in (*level.columns, "note", "source_title")
        if name in shown and shown[name].notna().any()
    ]
    view = _in_words(shown.head(ON_SCREEN), columns)
    if (shown["origin"] == YOURS).any():
        is_linked = shown["source_title"].eq(LINKED_SOURCE).any()
        star = t("★ from the link") if is_linked else t("★ yours")
        whose = (shown["origin"].head(ON_SCREEN) == YOURS).map({True: star, False: ""})
        view.insert(0, t("Whose"), whose)
    return view.rename(columns=headings(level))


def _in_words(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return some columns with what stands in them in the reader's words."""
    view = rows[columns]
    if "note" in view:
        notes = {ids: note_words(ids) for ids in rows["correction_ids"].dropna().unique()}
        view = view.assign(note=[notes.get(ids, "") for ids in rows["correction_ids"]])
    for name in ("delegate", "network", "scenario", "application", "task", "source_title"):
        if name in view:
            words = {value: value_words(name, str(value)) for value in view[name].dropna().unique()}
            view = view.assign(**{name: view[name].map(words)})
    return view


def headings(level: Level) -> dict[str, str]:
    """Return column -> heading with unit, from the dictionary."""
    known: dict[str, str] = {}
    for each in reversed(level.tables):
        known |= bundle_cache.labels(each)
    return known | {
        "network": t("Network"),
        "device": t("Device"),
        "note": t("Note"),
        "source_title": t("Source"),
        "delegate": t("Runs on"),
        "setup": t("System"),
    }


def _show_files(level: Level, shown: pd.DataFrame) -> None:
    name = f"joulelens-{level.id}"
    with st.container(horizontal=True):
        for label, make, ending, kind in (
            (t("Download CSV"), as_csv, "csv", "text/csv"),
            (t("Download Parquet"), as_parquet, "parquet", "application/vnd.apache.parquet"),
        ):
            st.download_button(
                label,
                partial(make, shown),
                file_name=f"{name}.{ending}",
                mime=kind,
                icon=":material/download:",
                on_click="ignore",
                help=t("Exactly these rows, unrounded, with source, licence, meter and corrections of each."),
            )


def _notes(level: Level, shown: pd.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what is known about the figures of some rows, and a line per source of them."""
    notes = [note_words(ids) for ids in shown["correction_ids"].dropna().unique()]
    known = [*map(tell, table_notes(level)), *(note for note in dict.fromkeys(notes) if note)]
    return tuple(known), tuple(_source_lines(shown))


def _source_lines(shown: pd.DataFrame) -> list[str]:
    """Return a line per source of the rows, the one of most rows first."""
    sources = bundle_cache.sources().set_index("source_id")
    lines = []
    for source_id, amount in shown["source_id"].value_counts().items():
        if source_id not in sources.index:
            lines.append(
                tn(
                    "Your measurements: {n} row, in this session only.",
                    "Your measurements: {n} rows, in this session only.",
                    int(amount),
                )
            )
            continue
        source = sources.loc[source_id]
        lines.append(
            tn(
                "{source}, {authors}: {n} row. {method}. Measured in: {years}. Licence: {licence}.",
                "{source}, {authors}: {n} rows. {method}. Measured in: {years}. Licence: {licence}.",
                int(amount),
                source=f"[{source['source_title']}]({source['url']})",
                authors=source["authors"],
                method=tell(str(source["method"])).rstrip("."),
                years=years_words(source["measured_in"]),
                licence=tell(str(source["licence"])),
            )
        )
    return lines
