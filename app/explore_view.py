"""One level explored: filters, sentence, picture, table, files, and what is known about the figures."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from app import doors, state
from app.charts.base import CONFIG
from app.charts.cells import measurement_cells
from app.charts.energy_macs import energy_macs
from app.charts.spread import spread, summary
from app.charts.token_lines import token_lines
from app.colours import ACCENT, device_colour, kernel_colour
from app.explore_data import bundled_rows, delegate_label, level_rows, own_rows, table_notes
from app.explore_export import as_csv, as_parquet
from app.explore_filters import show_filters
from app.explore_levels import HEAT_ENERGY, HEAT_POWER, LEVELS, MACS, REQUEST, TOKENS, Level
from app.explore_words import describe, flags_sentence, not_drawn, sentence
from app.formats import plain, plural, rounded
from app.kept import kept, kept_under
from app.phone_cells import DELEGATE_NAMES
from data.contribution import YOURS
from data.dictionary import table

ON_SCREEN: Final = 1000
"""Rows of the table on screen; the files hold all."""


def show_figures() -> None:
    """Let level and picture be chosen, and show them."""
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        level = _choose_level()
        picture = _choose_picture(level)
    _show_level(level, picture)


def _choose_level() -> Level:
    titles = {level.title: level for level in LEVELS.values()}
    state.warn_if_unknown("level", {title: title for title in titles}, "level")
    chosen = st.segmented_control(
        "Level",
        list(titles),
        default=next(iter(titles)),
        required=True,
        key="level",
        bind="query-params",
        label_visibility="collapsed",
        wrap=True,
    )
    return titles[str(chosen)]


def _show_level(level: Level, picture: str) -> None:
    if _described(level).empty:
        st.info(
            "This bundle holds no figures on this level. It was built without the sources whose publisher "
            "states no licence; `python -m data build` builds the full one.",
            icon=":material/info:",
        )
        return
    rows = _described(level)
    shown = show_filters(level, rows)
    if shown.empty:
        st.info(
            "No row passes these filters. Take one back, or set one with a single value to “any”.",
            icon=":material/filter_alt:",
        )
        return
    if own_rows(level).empty:
        key = (level.id, picture, shown.index.to_numpy().tobytes())
        words, figure = kept_under(key, _words_and_figure, level, picture, shown)
    else:
        words, figure = _words_and_figure(level, picture, shown)
    st.markdown(words)
    left_out = not_drawn(shown) if picture == MACS else ""
    st.caption(f"{_amount(shown, rows)} {left_out}{flags_sentence(shown)}")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.plotly_chart(
            figure,
            config=CONFIG,
            key=f"chart-{level.id}-{picture}",
            alt=plain(words),
        )
        st.caption(_reading(picture))
    with right:
        _show_table(level, shown)
        _show_files(level, shown)
    _show_notes(level, shown)


def _described(level: Level) -> pd.DataFrame:
    """Every row of a level, the reader's own first, with what the marks say."""
    if own_rows(level).empty:
        return kept(_described_bundled, level.id)
    return describe(level, level_rows(level))


def _described_bundled(level_id: str) -> pd.DataFrame:
    rows = bundled_rows(level_id)
    return rows if rows.empty else describe(LEVELS[level_id], rows)


def _words_and_figure(level: Level, picture: str, shown: pd.DataFrame) -> tuple[str, Any]:
    """The sentence over a picture, and the picture."""
    groups = _groups(level, shown)
    return sentence(level, picture, shown, groups), _figure(level, picture, shown, groups)


def _choose_picture(level: Level) -> str:
    if len(level.pictures) == 1:
        return next(iter(level.pictures))
    by_label = {label: picture for picture, label in level.pictures.items()}
    chosen = st.segmented_control(
        "Picture",
        list(by_label),
        default=next(iter(by_label)),
        required=True,
        key=f"{level.id}-picture",
        bind="query-params",
        label_visibility="collapsed",
        wrap=True,
    )
    return by_label[str(chosen)]


def _amount(shown: pd.DataFrame, rows: pd.DataFrame) -> str:
    mine = int((shown["origin"] == YOURS).sum())
    yours = f", {mine:,} of them yours" if mine else ""
    return f"{len(shown):,} of {plural(len(rows), 'row')}{yours}."


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
    order = [name for name in DELEGATE_NAMES if name in set(shown["delegate"])]
    order += sorted(set(shown["delegate"]) - set(order))
    labels = shown["application"].str.capitalize() + "<br>" + shown["model"] + " " + shown["precision"]
    named = shown.assign(network=labels)
    grouped = named.groupby(["network", "delegate"], sort=False)
    cells = grouped[["energy_mj", "avg_power_w"]].median().join(grouped["flagged"].any())
    full = pd.MultiIndex.from_product([list(dict.fromkeys(labels)), order], names=["network", "delegate"])
    cells = cells.reindex(full).reset_index()
    cells["delegate_name"] = cells["delegate"].map(lambda name: DELEGATE_NAMES.get(name, name))
    odd = cells["flagged"].astype("boolean").fillna(False)
    cells["odd_columns"] = [frozenset({""}) if each else frozenset() for each in odd]
    return cells


def _groups(level: Level, shown: pd.DataFrame) -> pd.DataFrame:
    groups = summary(shown, list(level.group), level.measure)
    if level.group == ("kernel",):
        labels = groups["kernel"]
        colours = labels.map(lambda kind: kernel_colour("conv-bn-relu" if kind == "conv" else kind))
    elif "device" in groups:
        labels = groups["device"] + ", " + groups["delegate"].map(delegate_label)
        ids = dict(zip(shown["device"], shown["device_id"], strict=True))
        colours = groups["device"].map(lambda name: device_colour(str(ids[name])))
    else:
        labels, colours = groups[level.group[0]].astype(str), pd.Series(ACCENT, index=groups.index)
    return groups.assign(label=labels, colour=colours)


def _reading(picture: str) -> str:
    return {
        MACS: "One mark per measurement; crosses are known to be odd.",
        HEAT_ENERGY: "Lighter is more. † holds a figure that is known to be odd.",
        HEAT_POWER: "Lighter is more. † holds a figure that is known to be odd.",
        TOKENS: "One line per prompt length. Crosses are known to be odd.",
        REQUEST: "One line per prompt length. Crosses are known to be odd.",
    }.get(picture, "Diamond: median; box: the middle half; line: smallest to largest; in brackets: rows.")


def _show_table(level: Level, shown: pd.DataFrame) -> None:
    columns = [
        name
        for name in (*level.columns, "note", "source_title")
        if name in shown and shown[name].notna().any()
    ]
    view = shown[columns].head(ON_SCREEN)
    numbers = view.select_dtypes("number").columns
    view = view.assign(**{name: view[name].map(rounded, na_action="ignore") for name in numbers})
    if (shown["origin"] == YOURS).any():
        view.insert(0, "Whose", (shown["origin"].head(ON_SCREEN) == YOURS).map({True: "★ yours", False: ""}))
    if "delegate" in view:
        view["delegate"] = view["delegate"].map(delegate_label, na_action="ignore")
    st.dataframe(
        view.rename(columns=headings(level)),
        hide_index=True,
        height=330,
        placeholder="",
        alt=f"{plural(len(view), level.noun)} of this view, three significant digits",
    )
    if len(shown) > ON_SCREEN:
        st.caption(f"The first {ON_SCREEN:,} of {len(shown):,} rows; the files hold all.")


def headings(level: Level) -> dict[str, str]:
    """Return column -> heading with unit, from the dictionary."""
    known = {
        name: column.heading
        for each in reversed(level.tables)
        for name, column in table(each).columns.items()
    }
    return known | {
        "network": "Network",
        "device": "Device",
        "note": "Note",
        "source_title": "Source",
        "delegate": "Runs on",
    }


def _show_files(level: Level, shown: pd.DataFrame) -> None:
    name = f"joulelens-{level.id}"
    with st.container(horizontal=True):
        for label, make, ending, kind in (
            ("CSV", as_csv, "csv", "text/csv"),
            ("Parquet", as_parquet, "parquet", "application/vnd.apache.parquet"),
        ):
            st.download_button(
                f"Download {label}",
                partial(make, shown),
                file_name=f"{name}.{ending}",
                mime=kind,
                icon=":material/download:",
                on_click="ignore",
                help="Exactly these rows, unrounded, with source, licence, meter and corrections of each.",
            )


def _show_notes(level: Level, shown: pd.DataFrame) -> None:
    notes = [note for note in dict.fromkeys(shown["note"]) if note]
    general = table_notes(level)
    with st.expander(f"What is known about these figures ({len(notes) + len(general)})"):
        st.markdown("\n".join(f"- {words}" for words in [*general, *notes]) or "Nothing odd is known.")
    with st.expander("Sources of this view"):
        sources = doors.sources().set_index("source_id")
        for source_id, count in shown["source_id"].value_counts().items():
            if source_id not in sources.index:
                st.markdown(f"- Your measurements: {plural(int(count), 'row')}, in this session only.")
                continue
            source = sources.loc[source_id]
            st.markdown(
                f"- [{source['source_title']}]({source['url']}), {source['authors']}: "
                f"{plural(int(count), 'row')}. "
                f"{str(source['method']).rstrip('.')}. Licence: {source['licence']}."
            )
