"""Two to six devices side by side: differences first, then the pictures, then the conditions."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import bundle_cache
from app.charts.base import CONFIG
from app.charts.cells import cell_dots
from app.charts.score_bubbles import score_bubbles, without_speed
from app.compare.cells import board_cells, differences, estimated_cells, odd_ids, phone_cells
from app.compare.choice import LEAST, MOST, show_invitation
from app.compare.conditions import (
    apart_words,
    board_networks,
    facts_by_name,
    facts_of,
    scopes_apart,
    show_conditions_of,
)
from app.compare.frames import cell_table, device_differences, dot_rows, typical_figures
from app.compare.options import DEFAULT_MODELS, estimates_of
from app.compare.tables import fit_cells, show_table
from app.compare.verdict import show_verdict
from app.compare.words import (
    BASIS_WORDS,
    BOARDS,
    CELL_BY_CELL,
    ENERGY,
    ESTIMATES,
    PHONES,
    RATIO_WORDS,
    RULE,
    SCORE_WORDS,
    SHOWN,
    TYPICAL_WORDS,
)
from app.i18n.formats import listing, literal, plain
from app.i18n.texts import SOURCE, in_language, mark, t, tn
from app.measurements.phone_scores import answer as phones_answer
from app.measurements.phone_scores import known_phones
from app.memo import kept, kept_under
from app.models.targets import delegate_labels, device_labels, is_thin
from app.ui.glossary import explain
from app.ui.lazy_section import folded
from app.ui.print_view import on_paper, picture_width
from app.ui.tables import offer_csv
from app.ui.target_names import short_device_name
from app.url_state import widgets
from app.url_state.selections import clicked
from data.inert_csv import frame_csv
from predictors.version import METHOD_VERSION

DEFAULT_DEVICES: Final = ("huawei-p40-pro", "huawei-mate40-pro", "xiaomi-redmi-note8")
EXAMPLES: Final = {
    mark("Two phones of one maker"): ("huawei-p40-pro", "huawei-p40-lite"),
    mark("Two boards"): ("raspberry-pi-4", "jetson-agx-orin"),
    mark("A phone and a board"): ("huawei-p40-pro", "raspberry-pi-4"),
}
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared: devices (id -> short name), the one compared with, their cells and where from.

    `delegate` is ALL or the one that the cells were narrowed to; `odd` tells whether odd ones are in.
    """

    names: dict[str, str]
    base: str
    basis: str
    cells: pd.DataFrame
    delegate: str = ALL
    odd: bool = True

    @property
    def key(self) -> tuple[Hashable, ...]:
        """Cache key of this comparison and its cells."""
        return tuple(self.names), self.base, self.basis, self.delegate, self.odd


def show_devices() -> None:
    """Show the choice of devices and, with two or more, everything about their differences."""
    # The verdict comes first, also on a phone, and depends on the choices below it.
    verdict_place = st.container()
    chosen = choose_devices()
    if len(chosen) < LEAST:
        invite(len(chosen))
        return
    names = {each: short_device_name(device_labels()[each]) for each in chosen}
    basis = basis_of(chosen)
    comparison = choose_cells(names, basis)
    if comparison.cells.empty:
        st.info(
            t(
                "Nothing was measured or can be estimated on all of these devices in one precision: "
                "{precisions}. Take one of them out.",
                precisions=precision_words(chosen),
            )
        )
        return
    if comparison.basis == ESTIMATES and (apart := scopes_apart(comparison.names, comparison.cells)):
        st.markdown(apart_words(apart))
        show_cells(comparison)
        show_conditions(comparison)
        return
    show_differences(comparison, verdict_place)
    show_pictures(comparison)
    show_cells(comparison)
    show_conditions(comparison)


def choose_devices() -> list[str]:
    """Let two to six devices be chosen; returns their ids."""
    return widgets.multiselect(
        t("Devices, two to six"),
        device_labels(),
        "devices",
        usual=DEFAULT_DEVICES,
        noun=t("device"),
        max_selections=MOST,
        placeholder=t("Choose devices"),
    )


def invite(amount: int) -> None:
    """Say what is missing where only `amount` devices are chosen, and offer comparisons to start from."""
    words = (
        t("Choose one more device above, or start from one of these:")
        if amount
        else t("Choose two devices above, or start from one of these:")
    )
    show_invitation(words, EXAMPLES, "devices")


def basis_of(device_ids: Sequence[str]) -> str:
    """Return what devices can be compared on: PHONES, BOARDS, or ESTIMATES where nothing is in common."""
    for basis, table in ((PHONES, bundle_cache.application_measurements()), (BOARDS, board_networks())):
        if set(device_ids) <= set(table["device_id"]):
            return basis
    return ESTIMATES


def choose_cells(names: dict[str, str], basis: str) -> Comparison:
    """Let the device compared with and the cells be chosen."""
    columns = st.columns([2, 2, 3], vertical_alignment="bottom")
    with columns[0]:
        base = widgets.selectbox(t("Compared with"), names, "base", noun=t("device"))
    cells = kept(all_cells, tuple(names), basis)
    if basis == ESTIMATES or cells.empty:
        return Comparison(names, base, basis, cells)
    with columns[1]:
        pairs = cells[["delegate", "delegate_name"]].drop_duplicates().itertuples(index=False)
        delegates = {ALL: t("All"), **{delegate: t(name) for delegate, name in pairs}}
        delegate = widgets.selectbox(
            t("Delegate"), delegates, "part", noun=t("delegate"), help=explain("delegate")
        )
    leave_out = False
    if cells["is_odd"].any():
        with columns[2]:
            leave_out = st.toggle(
                t("Leave out doubtful figures"),
                key="regular",
                bind="query-params",
                help=t("They are shown as printed and marked with *; the reasons are on the Methods page."),
            )
    cells = cells[~cells["is_odd"]] if leave_out else cells
    cells = cells if delegate == ALL else cells[cells["delegate"] == delegate]
    return Comparison(names, base, basis, cells, delegate, not leave_out)


def all_cells(device_ids: Sequence[str], basis: str) -> pd.DataFrame:
    """Return every cell of the devices (columns of `app.compare.cells`)."""
    odd = odd_ids(bundle_cache.corrections())
    if basis == PHONES:
        return phone_cells(
            bundle_cache.application_measurements(), bundle_cache.reference_dnns(), device_ids, odd
        )
    if basis == BOARDS:
        return board_cells(board_networks(), bundle_cache.targets(), device_ids, odd)
    precision = common_precision(device_ids)
    if not precision:
        return pd.DataFrame()
    words = t("Estimating sample models on these devices (slowest the first time) …")
    with st.spinner(words, show_time=True):
        frames = [estimates_of(model, precision, each) for model in DEFAULT_MODELS for each in device_ids]
    with in_language(SOURCE):
        labels = {(each, key): name for each in device_ids for key, name in delegate_labels(each).items()}
    return estimated_cells(pd.concat(frames, ignore_index=True), labels)


def common_precision(device_ids: Sequence[str]) -> str:
    """Return a precision that all devices can be estimated in, fp32 first; "" if there is none."""
    for precision in ("fp32", "int8"):
        able = {
            each.device_id
            for each in bundle_cache.targets()
            if each.precision == precision and not is_thin(each)
        }
        if set(device_ids) <= able:
            return precision
    return ""


def precision_words(device_ids: Sequence[str]) -> str:
    """Return which precisions each device was measured in."""
    parts = []
    for device_id in device_ids:
        own = [each for each in bundle_cache.targets() if each.device_id == device_id and not is_thin(each)]
        found = sorted({each.precision for each in own})
        device = literal(device_labels()[device_id])
        parts.append(
            t("{device} in {precisions}", device=device, precisions=listing(found))
            if found
            else t("{device} in no precision", device=device)
        )
    return listing(parts)


def show_differences(comparison: Comparison, verdict_place: DeltaGenerator) -> None:
    """Show the verdict in its place, and the table of differences here."""
    names, base = comparison.names, comparison.base
    found = kept_under(comparison.key, differences, comparison.cells, base, list(names))
    with verdict_place:
        show_verdict(comparison.cells, found, names, base, scores_of(names), comparison.key)
    show_table(
        kept_under(comparison.key, device_differences, comparison.cells, names, base),
        t("Differences between the devices, in words"),
        ("differences", comparison.key),
    )
    words = [BASIS_WORDS[comparison.basis], RATIO_WORDS]
    st.caption(" ".join(t(each) for each in words), help=explain("interval"))


def scores_of(names: Mapping[str, str]) -> pd.DataFrame | None:
    """Return the scores of these devices (columns of `known_phones`), None where one of them has none."""
    scores = known_phones().set_index("device_id", drop=False)
    return scores if set(names) <= set(scores.index) else None


def show_pictures(comparison: Comparison) -> None:
    """Show the phones by their scores, what is typical of each device, and every cell as dots."""
    names = comparison.names
    if comparison.basis != PHONES:
        show_typical(comparison)
        show_rule()
        show_dots(comparison)
        return
    # On a sheet, one below the other.
    left, right = (st.container(), st.container()) if on_paper() else st.columns([4, 5], gap="medium")
    with left:
        st.header(t("Scores"), anchor=False, help=explain("PCS", "IECS", "AI performance score"))
        show_bubbles(list(names))
        show_typical(comparison)
        show_rule()
    with right:
        show_dots(comparison)


def show_typical(comparison: Comparison) -> None:
    """Show what is typical of each device, for phones with their scores."""
    scores = scores_of(comparison.names)
    is_scored = scores is not None
    table = kept_under(
        comparison.key,
        typical_figures,
        comparison.cells,
        comparison.names,
        comparison.base,
        scores,
    )
    show_table(table, t("Typical energy, power and time of each device"), ("typical", comparison.key))
    words = [TYPICAL_WORDS, *([SCORE_WORDS] if is_scored else [])]
    st.caption(" ".join(t(each) for each in words), help=explain("TDP") if is_scored else None)


def show_rule() -> None:
    """Say how the intervals behind the words are made."""
    with st.expander(t("How the intervals are made"), expanded=on_paper()):
        st.markdown(t(RULE))


def show_bubbles(chosen: list[str]) -> None:
    """Show all phones by speed and scores, the compared ones outlined; a click takes one in or out."""
    table = known_phones()
    ids = list(table.dropna(subset=["ai_performance_score"])["device_id"])
    st.plotly_chart(
        kept_under(tuple(chosen), score_bubbles, table, chosen),
        config=CONFIG,
        width=picture_width(),
        key="compare_bubbles",
        selection_mode="points",
        on_select=lambda: _toggle(ids),
        alt=t(
            "Phones by speed, PCS and IECS. {answer}",
            answer=plain(phones_answer(table[table["device_id"].isin(chosen)])),
        ),
    )
    words = [t("Number and size: IECS. Outlined: compared here. A click takes a phone in or out.")]
    if left_out := without_speed(table):
        words.append(t("Without a speed score: {phones}.", phones=listing(left_out)))
    st.caption(" ".join(words))


def _toggle(ids: list[str]) -> None:
    device_id, chosen = clicked("compare_bubbles", ids), list(st.session_state["devices"])
    if device_id is None:
        return
    if device_id in chosen:
        chosen.remove(device_id)
    elif len(chosen) < MOST:
        chosen.append(device_id)
    st.session_state["devices"] = chosen


def show_dots(comparison: Comparison) -> None:
    """Show energy or power per network and delegate, a dot per device."""
    st.header(t("Network by network"), anchor=False)
    quantity = choose_quantity()
    rows = kept_under(comparison.key, dot_rows, comparison.cells, list(comparison.names))
    if rows.empty:
        st.info(t("No cell is common to two of these devices with this choice of delegate."))
        return
    total = rows["row"].nunique()
    st.plotly_chart(
        kept_under((comparison.key, quantity), cell_dots, rows, comparison.names, quantity),
        config=CONFIG,
        width=picture_width(),
        key="compare_dots",
        alt=tn(
            "{quantity} in {n} row, a dot per device. The same is in the table.",
            "{quantity} in {n} rows, a dot per device. The same is in the table.",
            total,
            quantity=t(SHOWN[quantity]),
        ),
    )
    if comparison.basis == PHONES:
        st.caption(t("CPU1: one thread; CPU4: four threads. The largest energy comes first."))


def choose_quantity() -> str:
    """Let energy or power be shown."""
    shown, noun = {quantity: t(words) for quantity, words in SHOWN.items()}, t("quantity")
    return widgets.segmented_control(t("Show"), shown, "show", noun=noun, label_visibility="collapsed")


def show_cells(comparison: Comparison) -> None:
    """Show every cell side by side with its difference in words, and as a file."""
    quantity = str(st.session_state.get("show") or ENERGY)
    st.header(t(CELL_BY_CELL[quantity]), anchor=False)
    key = comparison.key, quantity
    table = kept_under(key, cell_table, comparison.cells, comparison.names, comparison.base, quantity)
    table = fit_cells(table, len(comparison.names))
    alt = t("{quantity} of every cell, device by device", quantity=t(SHOWN[quantity]))
    # The dots above show the same; a table of so many cells takes a browser longer than the rest of the page.
    folded(t("The same as a table"), "compare-cells", lambda: show_table(table, alt))
    base = literal(comparison.names[comparison.base])
    words = []
    if any(str(each).endswith(" …") for each in table):
        words.append(t("Columns with “…” say how that device compares with {base} in a cell.", base=base))
    if comparison.cells["is_odd"].any():
        words.append(t("\\* doubtful, shown as printed."))
    st.caption(" ".join(words))
    offer_csv(
        t("Download as CSV"),
        partial(csv_of, comparison),
        f"joulelens-compare-{'-'.join(comparison.names)}.csv",
        help=t("Every figure of this view in full precision, with source and versions."),
    )


def csv_of(comparison: Comparison) -> str:
    """Return the cells as CSV, unrounded, with evidence, source and versions on every row."""
    versions = {"data_version": bundle_cache.data_version(), "method_version": METHOD_VERSION}
    return frame_csv(comparison.cells.assign(**versions))


def show_conditions(comparison: Comparison) -> None:
    """Show under which conditions the figures were made, what differs first."""
    st.header(t("What differs in the measuring"), anchor=False)
    facts = facts_by_name([facts_of(each, comparison.basis) for each in comparison.names])
    title = t("Measuring conditions, device by device")
    show_conditions_of(facts, list(comparison.names.values()), title, "compare-conditions")
