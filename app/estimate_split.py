"""Split computing on screen: the link, where to cut, every cut as a picture and a table."""

from __future__ import annotations

import shlex

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.split_cuts import split_energy, split_latency
from app.estimate_model import Choice, Model
from app.estimate_reproduce import model_path, sample_command
from app.formats import literal
from predictors.errors import printable
from predictors.links import HUANG, RADIOS, Link, make_link
from predictors.report import ModelReport
from predictors.split import FLOAT_BYTES, Split, split_report
from predictors.split_text import LEFT_OUT, bytes_words, split_csv, split_sentences

OWN = "the estimate's own"


def show_split(model: Model, choice: Choice, report: ModelReport) -> None:
    """Show every cut between device and server over the link the reader describes."""
    st.markdown(
        "Run the first kernels on the device, send what the rest needs, finish on a server: where to cut?"
    )
    link, send_precision, input_bytes = _ask()
    split = split_report(model.graph, report, link, send_precision=send_precision, input_bytes=input_bytes)
    st.markdown("  \n".join(f"**{literal(line)}**" for line in split_sentences(split)))
    cuts = cut_frame(split)
    drawn = cuts.dropna(subset=["energy_mj"])
    words = " ".join(split_sentences(split))
    st.plotly_chart(
        split_energy(drawn, split.best_energy.kernels),
        config=CONFIG,
        key="split_energy",
        alt=f"Energy of the device at every cut. {words} Same figures in the table.",
    )
    st.plotly_chart(
        split_latency(drawn, split.best_latency.kernels),
        config=CONFIG,
        key="split_latency",
        alt=f"Time to the answer at every cut. {words} Same figures in the table.",
    )
    st.caption(f"{LEFT_OUT} {literal(link.basis)}.")
    _table(cuts)
    _take_away(model, choice, split)


def _ask() -> tuple[Link, str | None, int | None]:
    first, second, third = st.columns(3, gap="small", vertical_alignment="bottom")
    radio_id = first.selectbox(
        "Link",
        list(RADIOS),
        format_func=lambda each: RADIOS[each].title,
        key="link",
        bind="query-params",
    )
    radio = RADIOS[radio_id]
    speed = second.number_input(
        "Uplink (Mbit/s)",
        min_value=0.001,
        value=None,
        key=f"uplink_{radio_id}",
        placeholder=f"{radio.uplink_mbit_s:g}",
        help=f"Usual: {radio.uplink_mbit_s:g} Mbit/s, {radio.speed_source}.",
    )
    usual = 1000.0 * radio.energy_mj_per_byte(speed or radio.uplink_mbit_s)
    cost = third.number_input(
        "Radio (µJ per byte)",
        min_value=0.0,
        value=None,
        key=f"cost_{radio_id}",
        placeholder=f"{usual:.3g}",
        help=f"Usual: power while sending after {HUANG}, divided by the speed. Phones of that year.",
    )
    return _ask_more(radio_id, speed, cost)


def _ask_more(radio_id: str, speed: float | None, cost: float | None) -> tuple[Link, str | None, int | None]:
    one, two, three, four = st.columns(4, gap="small", vertical_alignment="bottom")
    trip = one.number_input("Round trip (ms)", min_value=0.0, value=0.0, key="round_trip")
    speedup = two.number_input(
        "Server speed-up",
        min_value=0.01,
        value=None,
        key="server_speedup",
        placeholder="not counted",
        help="How many times faster than the device. Empty: the server's time is left out.",
    )
    sending = three.selectbox(
        "Send activations as", [OWN, *FLOAT_BYTES], key="send_precision", help="Precision on the link."
    )
    kilobytes = four.number_input(
        "Input as a file (kB)",
        min_value=0.0,
        value=None,
        key="input_kb",
        placeholder="raw tensor",
        help="What the input takes when it is sent as it is, for example a JPEG.",
    )
    link = make_link(
        radio_id,
        uplink_mbit_s=speed,
        energy_uj_per_byte=cost,
        round_trip_ms=trip,
        server_speedup=speedup,
    )
    return link, None if sending == OWN else sending, None if kilobytes is None else round(1000 * kilobytes)


def cut_frame(split: Split) -> pd.DataFrame:
    """Return one row per cut: kernels, after, sent (words), sent_bytes, tensors and the figures of `Cut`."""
    rows = [
        {
            "kernels": cut.kernels,
            "after": f"after {printable(cut.after, 60)}" if cut.after else "the input is sent",
            "sent": bytes_words(cut.sent_bytes),
            "sent_bytes": cut.sent_bytes,
            "tensors": len(cut.sent),
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
    number = st.column_config.NumberColumn(format="%.3g")
    table = pd.DataFrame(
        {
            "Kernels on the device": cuts["kernels"],
            "Cut": cuts["after"],
            "Tensors sent": cuts["tensors"],
            "Sent (kB)": cuts["sent_bytes"] / 1000.0,
            "Computing (mJ)": cuts["device_energy_mj"],
            "Sending (mJ)": cuts["send_energy_mj"],
            "Together (mJ)": cuts["energy_mj"],
            "Low (mJ)": cuts["energy_mj_low"],
            "High (mJ)": cuts["energy_mj_high"],
            "Answer (ms)": cuts["latency_ms"],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        height=330,
        alt="Every cut with what is sent, energy and time",
        column_config={name: number for name in table.columns if "(" in name},
    )


def _take_away(model: Model, choice: Choice, split: Split) -> None:
    st.download_button(
        "Download as CSV",
        split_csv(split),
        file_name="joulelens-split.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="split_csv",
    )
    with st.expander("The same from the command line", icon=":material/terminal:"):
        st.code("\n".join(split_command(model, choice, split)), language="bash", wrap_lines=True)


def split_command(model: Model, choice: Choice, split: Split) -> list[str]:
    """Return the lines that give this split again."""
    link = split.link
    words = ["python", "-m", "predictors", "split", model_path(model)]
    words += ["--device", choice.device_id, "--delegate", choice.delegate, "--precision", choice.precision]
    for name, shape in model.shapes:
        words += ["--shape", f"{name}={','.join(str(extent) for extent in shape)}"]
    words += ["--uplink-mbit-s", repr(link.uplink_mbit_s)]
    words += ["--energy-uj-per-byte", repr(1000.0 * link.energy_mj_per_byte)]
    words += ["--round-trip-ms", repr(link.round_trip_ms), "--send-precision", split.send_precision]
    if link.server_speedup is not None:
        words += ["--server-speedup", repr(link.server_speedup)]
    if split.input_bytes is not None:
        words += ["--input-bytes", str(split.input_bytes)]
    return [*([sample_command(model)] if model.sample_id else []), shlex.join(words)]
