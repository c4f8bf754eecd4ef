"""Split computing on screen: the link, where to cut, every cut as a picture and a table."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.split_cuts import split_energy, split_latency
from app.estimate.export import (
    model_path,
    sample_command,
    shape_words,
    show_lines,
    target_words,
    versions_words,
)
from app.estimate.split_words import (
    LEFT_OUT,
    RANGE,
    basis_words,
    cut_words,
    kernels_words,
    scopes_words,
    size_words,
    speed_words,
    split_words,
)
from app.i18n.formats import literal, number
from app.i18n.texts import t
from app.models.model import Model, made_once
from app.ui.print_view import on_paper, picture_width, print_table
from app.ui.tables import offer_csv, readable
from app.url_state import widgets
from predictors.research.radio_links import MOST_FIGURE, RADIOS, Link, make_link
from predictors.research.split import FLOAT_BYTES, MOST_INPUT_BYTES, split_report
from predictors.research.split_result import Split
from predictors.research.split_text import split_csv
from predictors.results.report import ModelReport
from predictors.results.targets import Target

OWN: Final = "own"
"""The choice of the precision that the estimate is in."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader wants to know: the link and what its figures rest on, the precision that is sent (the
    estimate's own if None), and the bytes of an input that is sent as a file."""

    link: Link
    basis: str
    send_precision: str | None
    input_bytes: int | None


def show_split(model: Model, choice: Target, report: ModelReport) -> None:
    """Show every cut between device and server over the link the reader describes."""
    st.markdown(
        t("Run the first kernels on the device, send what the rest needs, finish on a server: where to cut?")
    )
    asked = _ask()
    split = made_once(
        ("split", model.key, choice, asked),
        lambda: split_report(
            model.graph,
            report,
            asked.link,
            send_precision=asked.send_precision,
            input_bytes=asked.input_bytes,
        ),
    )
    sentences = split_words(split)
    st.markdown("\n".join(f"- {literal(line)}" for line in sentences))
    cuts = cut_frame(split)
    _pictures(split, cuts.dropna(subset=["energy_mj"]), " ".join(sentences))
    if scopes := scopes_words(split):
        st.markdown(literal(scopes))
    st.caption(f"{t(RANGE)} {t(LEFT_OUT)} {literal(asked.basis)}")
    _table(cuts)
    _take_away(model, choice, split)


def _pictures(split: Split, drawn: pd.DataFrame, sentences: str) -> None:
    st.plotly_chart(
        split_energy(drawn, split.best_energy.kernels),
        width=picture_width(),
        config=CONFIG,
        key="split_energy",
        alt=t(
            "Energy of the device at every cut. {sentences} Same figures in the table.", sentences=sentences
        ),
    )
    st.plotly_chart(
        split_latency(drawn, split.best_latency.kernels),
        width=picture_width(),
        config=CONFIG,
        key="split_latency",
        alt=t("Time to the answer at every cut. {sentences} Same figures in the table.", sentences=sentences),
    )


def _ask() -> Asked:
    first, second, third = st.columns(3, gap="small", vertical_alignment="bottom")
    with first:
        radio_id = widgets.selectbox(t("Link"), {each: RADIOS[each].title for each in RADIOS}, "link")
    radio = RADIOS[radio_id]
    speed = second.number_input(
        t("Uplink (Mbit/s)"),
        min_value=0.001,
        max_value=MOST_FIGURE,
        value=None,
        key=f"uplink_{radio_id}",
        placeholder=number(radio.uplink_mbit_s),
        help=t("Usual: {speed}.", speed=speed_words(radio)),
    )
    usual = 1000.0 * radio.energy_mj_per_byte(speed or radio.uplink_mbit_s)
    cost = third.number_input(
        t("Radio (µJ per byte)"),
        min_value=0.0,
        max_value=MOST_FIGURE,
        value=None,
        key=f"cost_{radio_id}",
        placeholder=number(usual),
        help=t("Usual: {source}. What is entered here is taken as exact.", source=radio.source),
    )
    return _ask_more(radio_id, speed, cost)


def _ask_more(radio_id: str, speed: float | None, cost: float | None) -> Asked:
    one, two, three, four = st.columns(4, gap="small", vertical_alignment="bottom")
    trip = one.number_input(
        t("Round trip (ms)"),
        min_value=0.0,
        max_value=MOST_FIGURE,
        value=0.0,
        key="round_trip",
        bind="query-params",
    )
    speedup = two.number_input(
        t("Server speed-up"),
        min_value=0.01,
        max_value=MOST_FIGURE,
        value=None,
        key="server_speedup",
        bind="query-params",
        placeholder=t("not counted"),
        help=t("How many times faster than the device. Empty: the server's time is left out."),
    )
    with three:
        precisions = {OWN: t("the estimate's own"), **{each: each for each in FLOAT_BYTES}}
        sending = widgets.selectbox(
            t("Send activations as"), precisions, "send_precision", help=t("Precision on the link.")
        )
    kilobytes = four.number_input(
        t("Input as a file (kB)"),
        min_value=0.0,
        max_value=MOST_INPUT_BYTES / 1000,
        value=None,
        key="input_kb",
        bind="query-params",
        placeholder=t("raw tensor"),
        help=t("What the input takes when it is sent as it is, for example a JPEG."),
    )
    link = make_link(
        radio_id,
        uplink_mbit_s=speed,
        energy_uj_per_byte=cost,
        round_trip_ms=trip,
        server_speedup=speedup,
    )
    return Asked(
        link,
        basis_words(RADIOS[radio_id], own_speed=speed is not None, own_cost=cost is not None),
        None if sending == OWN else sending,
        None if kilobytes is None else round(1000 * kilobytes),
    )


def cut_frame(split: Split) -> pd.DataFrame:
    """Return one row per cut: kernels, on_device (words), after (words), sent (words), sent_bytes, tensors
    and the figures of `Cut`."""
    rows = [
        {
            "kernels": cut.kernels,
            "on_device": kernels_words(cut.kernels),
            "after": cut_words(cut.after),
            "sent": size_words(cut.sent_bytes),
            "sent_bytes": cut.sent_bytes,
            "tensors": cut.tensors,
            "device_energy_mj": cut.device_energy_mj,
            "send_energy_mj": cut.send_energy_mj,
            "energy_mj": cut.energy_mj,
            "energy_mj_low": cut.energy_mj_low,
            "energy_mj_high": cut.energy_mj_high,
            "device_latency_ms": cut.device_latency_ms,
            "link_ms": cut.latency_ms - cut.device_latency_ms - cut.server_ms,
            "server_ms": cut.server_ms,
            "latency_ms": cut.latency_ms,
        }
        for cut in split.cuts
    ]
    return pd.DataFrame(rows)


def _table(cuts: pd.DataFrame) -> None:
    table = pd.DataFrame(
        {
            t("Kernels on the device"): cuts["kernels"],
            t("Cut"): cuts["after"],
            t("Tensors sent"): cuts["tensors"],
            t("Sent (kB)"): cuts["sent_bytes"] / 1000.0,
            t("Computing (mJ)"): cuts["device_energy_mj"],
            t("Sending (mJ)"): cuts["send_energy_mj"],
            t("Together (mJ)"): cuts["energy_mj"],
            t("Low (mJ)"): cuts["energy_mj_low"],
            t("High (mJ)"): cuts["energy_mj_high"],
            t("Answer (ms)"): cuts["latency_ms"],
        }
    )
    alt = t("Every cut with what is sent, energy and time")
    if on_paper():
        print_table(table, alt, table.columns[[0, 1, 3, 4, 6, 9]])
        return
    st.dataframe(readable(table), hide_index=True, placeholder="", height=330, alt=alt)


def _take_away(model: Model, choice: Target, split: Split) -> None:
    offer_csv(t("Download as CSV"), partial(split_csv, split), "joulelens-split.csv", key="split_csv")
    show_lines(split_command(model, choice, split))


def split_command(model: Model, choice: Target, split: Split) -> list[str]:
    """Return the lines that give this split again."""
    link = split.link
    words = ["python", "-m", "predictors", "split", model_path(model), *target_words(choice)]
    words += shape_words("--shape", model)
    words += ["--link", link.radio_id] if link.radio_id else []
    words += ["--uplink-mbit-s", repr(link.uplink_mbit_s)]
    if not link.radio_id:  # the reader's own figure, without an interval
        words += ["--energy-uj-per-byte", repr(1000.0 * link.energy_mj_per_byte)]
    words += ["--round-trip-ms", repr(link.round_trip_ms), "--send-precision", split.send_precision]
    if link.server_speedup is not None:
        words += ["--server-speedup", repr(link.server_speedup)]
    if split.input_bytes is not None:
        words += ["--input-bytes", str(split.input_bytes)]
    words += versions_words(split.report)
    return [*([sample_command(model)] if model.sample_id else []), shlex.join(words)]
