"""Two to six devices side by side: differences first, then the pictures, then the conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st

from app import doors
from app.charts.base import CONFIG
from app.charts.cell_dots import cell_dots
from app.charts.score_bubbles import score_bubbles, without_speed
from app.compare_address import select_one
from app.compare_cells import board_cells, differences, estimated_cells, odd_ids, phone_cells
from app.compare_conditions import (
    Facts,
    board_facts,
    conditions_table,
    facts_by_name,
    phone_facts,
    target_facts,
)
from app.compare_frames import cell_table, device_differences, dot_rows
from app.compare_meters import meter_kind, mixing_words
from app.compare_options import DEFAULT_MODELS, board_networks, estimates_of
from app.compare_words import ENERGY, POWER, Compared, answer, conditions_sentence
from app.estimate_targets import delegate_labels, device_labels, is_thin
from app.formats import listing, plain, plural
from app.glossary import explain
from app.kept import keeping, kept
from app.phone_scores import answer as phones_answer
from app.phone_scores import score_phones, score_table
from app.target_names import short_device_name
from predictors.version import METHOD_VERSION

PHONES, BOARDS, ESTIMATES = "phones", "boards", "estimates"
DEFAULT_DEVICES: Final = ("huawei-p40-pro", "huawei-mate40-pro", "xiaomi-redmi-note8")
EXAMPLES: Final = {
    "Two phones of one maker": ("huawei-p40-pro", "huawei-p40-lite"),
    "Two boards": ("raspberry-pi-4", "jetson-agx-orin"),
    "A phone and a board": ("huawei-p40-pro", "raspberry-pi-4"),
}
LEAST, MOST = 2, 6
SHORT_TABLE: Final = 8
"""Rows up to which a table is shown whole."""
ALL: Final = "all"
SHOWN: Final = {ENERGY: "Energy per inference", POWER: "Average power"}
BASIS_WORDS: Final = {
    PHONES: "Measured: the reference networks on the phones, delegate by delegate.",
    BOARDS: "Measured: the same networks on the boards, back end by back end.",
    ESTIMATES: "No measurement is common to all of them, so sample models are compared as **estimated**, on "
    "each device with the delegate that takes least.",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared: devices (id -> short name), the one compared with, their cells and where from."""

    names: dict[str, str]
    base: str
    basis: str
    cells: pd.DataFrame


def show_devices() -> None:
    """Show the choice of devices and, with two or more, everything about their differences."""
    chosen = choose_devices()
    if len(chosen) < LEAST:
        show_invitation(len(chosen))
        return
    names = {each: short_device_name(device_labels()[each]) for each in chosen}
    basis = basis_of(chosen)
    base, cells = choose_cells(names, basis)
    if cells.empty:
        st.info(
            "Nothing was measured or can be estimated on all of these devices in one precision: "
            f"{precision_words(chosen)}. Take one of them out."
        )
        return
    comparison = Comparison(names, base, basis, cells)
    show_differences(comparison)
    show_pictures(comparison)
    show_cells(comparison)
    show_conditions(comparison)


def choose_devices() -> list[str]:
    """Let two to six devices be chosen; returns their ids."""
    labels = device_labels()
    return list(
        st.multiselect(
            "Devices, two to six",
            list(labels),
            default=[each for each in DEFAULT_DEVICES if each in labels],
            format_func=labels.__getitem__,
            max_selections=MOST,
            key="devices",
            bind="query-params",
            placeholder="Choose devices",
        )
    )


def show_invitation(amount: int) -> None:
    """Say what is missing, and offer comparisons to start from."""
    missing = "one more device" if amount else "two devices"
    st.info(f"Choose {missing} above, or start from one of these:", icon=":material/compare_arrows:")
    with st.container(horizontal=True):
        for name, devices in EXAMPLES.items():
            st.button(name, key=f"example_{devices[1]}", on_click=_choose, args=(list(devices),))


def _choose(device_ids: list[str]) -> None:
    st.session_state["devices"] = device_ids


def basis_of(device_ids: Sequence[str]) -> str:
    """Return what devices can be compared on: PHONES, BOARDS, or ESTIMATES where nothing is in common."""
    for basis, table in ((PHONES, doors.application_measurements()), (BOARDS, board_networks())):
        if set(device_ids) <= set(table["device_id"]):
            return basis
    return ESTIMATES


def choose_cells(names: Mapping[str, str], basis: str) -> tuple[str, pd.DataFrame]:
    """Let the device compared with and the cells be chosen; returns its id and the cells."""
    columns = st.columns([2, 2, 3], vertical_alignment="bottom")
    with columns[0]:
        base = select_one("Compared with", "base", names)
    cells = all_cells(list(names), basis)
    if basis == ESTIMATES or cells.empty:
        return base, cells
    with columns[1]:
        pairs = cells[["delegate", "delegate_name"]].drop_duplicates()
        delegates = {ALL: "all", **dict(zip(pairs["delegate"], pairs["delegate_name"], strict=True))}
        delegate = select_one("Delegate", "part", delegates, explain("delegate"))
    if cells["is_odd"].any():
        with columns[2]:
            leave_out = st.toggle(
                "Leave out figures known to be odd",
                key="regular",
                bind="query-params",
                help="They are shown as printed and marked with *; the reasons are on the Methods page.",
            )
        cells = cells[~cells["is_odd"]] if leave_out else cells
    return base, cells if delegate == ALL else cells[cells["delegate"] == delegate]


def all_cells(device_ids: list[str], basis: str) -> pd.DataFrame:
    """Return every cell of the devices (columns of `app.compare_cells`)."""
    odd = odd_ids(doors.corrections())
    if basis == PHONES:
        rows = doors.application_measurements()
        return kept(phone_cells, rows, doors.reference_dnns(), device_ids, odd)
    if basis == BOARDS:
        return board_cells(board_networks(), doors.targets(), device_ids, odd)
    precision = common_precision(device_ids)
    if not precision:
        return pd.DataFrame()
    with st.spinner("Estimating sample models on these devices (slowest the first time) …", show_time=True):
        frames = [estimates_of(model, precision, each) for model in DEFAULT_MODELS for each in device_ids]
    labels = {(each, key): name for each in device_ids for key, name in delegate_labels(each).items()}
    return estimated_cells(pd.concat(frames, ignore_index=True), labels)


def common_precision(device_ids: Sequence[str]) -> str:
    """Return a precision that all devices can be estimated in, fp32 first; "" if there is none."""
    for precision in ("fp32", "int8"):
        able = {
            each.device_id for each in doors.targets() if each.precision == precision and not is_thin(each)
        }
        if set(device_ids) <= able:
            return precision
    return ""


def precision_words(device_ids: Sequence[str]) -> str:
    """Return which precisions each device was measured in."""
    parts = []
    for device_id in device_ids:
        own = [each for each in doors.targets() if each.device_id == device_id and not is_thin(each)]
        found = sorted({each.precision for each in own})
        parts.append(f"{device_labels()[device_id]} in {listing(found) or 'none'}")
    return listing(parts)


def show_differences(comparison: Comparison) -> None:
    """Show the answer in words and the table of differences."""
    names, base = comparison.names, comparison.base
    found = kept(differences, comparison.cells, base, list(names))
    compared = [Compared(names[row.device_id], row.energy) for row in found.itertuples()]
    st.markdown(answer(names[base], compared))
    table = kept(device_differences, comparison.cells, names, base, scores())
    config = {
        "PCS": st.column_config.TextColumn(help=explain("PCS")),
        "IECS": st.column_config.TextColumn(help=explain("IECS")),
        "TDP": st.column_config.TextColumn(help=explain("TDP")),
        "Cells in common": st.column_config.TextColumn(help="Figures that both devices have."),
    }
    is_scored = set(names) <= set(scores().index)
    if not is_scored:
        table = table.drop(columns=["PCS", "IECS", "TDP"])
    st.dataframe(
        table, hide_index=True, column_config=config, alt="Differences between the devices, in words"
    )
    kinds = [kind for each in names for kind in meters_of(each)]
    if warning := mixing_words(kinds):
        st.warning(f"{warning}  \nCode: `meters-differ`", icon=":material/warning:")
    st.caption(
        f"{BASIS_WORDS[comparison.basis]} Ratios are geometric means over the cells both devices have, with "
        "the interval that holds them 8 in 10 times; “uses less” and “uses more” are said only where that "
        "interval leaves out 1. Typical: geometric mean over the cells all of them have."
        f"{SCORE_WORDS if is_scored else ''}"
    )


SCORE_WORDS: Final = (
    " PCS says how little of its thermal power budget (TDP) a phone draws, IECS how many inferences it gets "
    "out of a joule, added up; higher is better for both."
)
RULE: Final = (
    "1. Per cell (one network on one delegate), the logarithm of one device's figure over the other's.\n"
    "2. Their mean; then a thousand times the mean of networks drawn anew with replacement, all delegates of "
    "a network together, because they are not independent. Their middle 80 % is the first part.\n"
    "3. What all cells of a device share (unit, meter, software) cannot be averaged out. It is added in "
    "quadrature: 6 % per device, as boards moved between software rounds; no phone was measured twice, so "
    "phones are taken to be alike. Estimates: the whole interval of the estimate counts as shared, which is "
    "cautious.\n"
    "4. A single cell: 3 % of its own on boards, 2 % on a phone's CPU, 11 % on its GPU and NNAPI (from "
    "repeated kernels), together with the 6 %.\n\n"
    "Not considered: another unit of the same device, and room temperature."
)


def meters_of(device_id: str) -> list[str]:
    """Return the kinds of meter behind a device's figures."""
    own = [each for each in doors.targets() if each.device_id == device_id]
    return list(dict.fromkeys(meter_kind(each.meter) for each in own))


@keeping
def scores() -> pd.DataFrame:
    """Return the scores of the phones, indexed by device_id."""
    scored = score_phones(doors.devices(), doors.application_measurements(), doors.published_scores())
    return score_table(scored, doors.devices()).set_index("device_id", drop=False)


def show_pictures(comparison: Comparison) -> None:
    """Show the phones by their scores, and every cell as dots."""
    names = comparison.names
    if comparison.basis != PHONES:
        show_rule()
        show_dots(comparison)
        return
    left, right = st.columns([4, 5], gap="medium")
    with left:
        st.header("Scores", anchor=False)
        show_bubbles(list(names))
        show_rule()
    with right:
        show_dots(comparison)


def show_rule() -> None:
    """Say how the intervals behind the words are made."""
    with st.expander("How the intervals are made"):
        st.markdown(RULE)


def show_bubbles(chosen: list[str]) -> None:
    """Show all phones by speed and scores, the compared ones outlined; a click takes one in or out."""
    table = scores()
    ids = list(table.dropna(subset=["ai_performance_score"])["device_id"])
    st.plotly_chart(
        kept(score_bubbles, table, chosen),
        config=CONFIG,
        key="compare_bubbles",
        selection_mode="points",
        on_select=lambda: _toggle(ids),
        alt=f"Phones by speed, PCS and IECS. {plain(phones_answer(table[table['device_id'].isin(chosen)]))}",
    )
    left_out = without_speed(table)
    note = f" Without a speed score: {listing(left_out)}." if left_out else ""
    st.caption(f"Number and size: IECS. Outlined: compared here. A click takes a phone in or out.{note}")


def _toggle(ids: list[str]) -> None:
    positions = st.session_state["compare_bubbles"]["selection"]["point_indices"]
    if not positions or positions[0] >= len(ids):
        return
    clicked, chosen = ids[positions[0]], list(st.session_state["devices"])
    if clicked in chosen:
        chosen.remove(clicked)
    elif len(chosen) < MOST:
        chosen.append(clicked)
    st.session_state["devices"] = chosen


def show_dots(comparison: Comparison) -> None:
    """Show energy or power per network and delegate, a dot per device."""
    st.header("Network by network", anchor=False)
    quantity = choose_quantity()
    rows = kept(dot_rows, comparison.cells, list(comparison.names))
    if rows.empty:
        st.info("No cell is common to two of these devices with this choice of delegate.")
        return
    total = rows["row"].nunique()
    st.plotly_chart(
        kept(cell_dots, rows, comparison.names, quantity),
        config=CONFIG,
        key="compare_dots",
        alt=f"{SHOWN[quantity]} in {plural(total, 'row')}, a dot per device. The same is in the table.",
    )
    if comparison.basis == PHONES:
        st.caption("CPU1: one thread; CPU4: four threads. The largest energy comes first.")


def choose_quantity() -> str:
    """Let energy or power be shown."""
    return str(
        st.segmented_control(
            "Show",
            list(SHOWN),
            format_func=SHOWN.__getitem__,
            default=ENERGY,
            required=True,
            key="show",
            bind="query-params",
            label_visibility="collapsed",
        )
    )


def show_cells(comparison: Comparison) -> None:
    """Show every cell side by side with its difference in words, and as a file."""
    quantity = str(st.session_state.get("show") or ENERGY)
    st.header(f"{SHOWN[quantity]}, cell by cell", anchor=False)
    table = kept(cell_table, comparison.cells, comparison.names, comparison.base, quantity)
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(table) < SHORT_TABLE else 320,
        alt=f"{SHOWN[quantity]} of every cell, device by device",
    )
    odd = " * known to be odd, shown as printed." if comparison.cells["is_odd"].any() else ""
    st.caption(
        "Columns with “…” say how that device compares with "
        f"{comparison.names[comparison.base]} in a cell.{odd}"
    )
    st.download_button(
        "Download as CSV",
        csv_of(comparison),
        file_name=f"joulelens-compare-{'-'.join(comparison.names)}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        help="Every figure of this view in full precision, with source and versions.",
    )


def csv_of(comparison: Comparison) -> str:
    """Return the cells as CSV, unrounded, with evidence, source and versions on every row."""
    versions = {"data_version": doors.data_version(), "method_version": METHOD_VERSION}
    return str(comparison.cells.assign(**versions).to_csv(index=False))


def show_conditions(comparison: Comparison) -> None:
    """Show under which conditions the figures were made, what differs first."""
    st.header("What differs in the measuring", anchor=False)
    facts = facts_by_name([facts_of(each, comparison.basis) for each in comparison.names])
    st.markdown(conditions_sentence(facts))
    table = conditions_table(facts, list(comparison.names.values()))
    st.dataframe(table, hide_index=True, height="content", alt="Measuring conditions, device by device")


def facts_of(device_id: str, basis: str) -> Facts:
    """Return the measuring conditions of one device for what is compared."""
    sources = doors.sources().set_index("source_id")
    own = [each for each in doors.targets() if each.device_id == device_id and not is_thin(each)]
    if basis == PHONES:
        rows = doors.application_measurements()
        rows = rows[rows["device_id"] == device_id]
        device = doors.devices().set_index("device_id").loc[device_id]
        return phone_facts(device.to_dict(), rows, sources.loc[str(rows["source_id"].iloc[0])].to_dict())
    if basis == BOARDS:
        systems = {name for each in own for name in each.systems}
        rows = board_networks()
        rows = rows[(rows["device_id"] == device_id) & rows["system"].isin(systems)]
        return board_facts(rows, sources.loc[str(rows["source_id"].iloc[0])].to_dict())
    return target_facts(own, sources["source_title"].to_dict())
