"""Every split of a network as JSON, CSV, text table and sentences."""

from __future__ import annotations

import json
import math
from typing import Any

from predictors.errors import printable
from predictors.research.radio_links import Link
from predictors.research.split import Cut, Difference, Split
from predictors.results.rounding import rounded, short
from predictors.results.rows import csv_text, model_dict

LEFT_OUT = (
    "Not counted: the answer that comes back, protocol overhead, the time a radio stays awake afterwards, "
    "and what the device draws while it waits."
)
NAMED = 3
"""Cuts as good as the best that a sentence names."""
CUT_COLUMNS = (
    "kernels_on_device", "after", "sent_bytes", "tensors", "device_energy_mj", "send_energy_mj", "energy_mj",
    "energy_mj_low", "energy_mj_high", "device_latency_ms", "send_ms", "server_ms", "latency_ms", "best",
    "less_than_whole_mj", "less_than_whole_mj_low", "less_than_whole_mj_high",
)  # fmt: skip


def split_sentences(split: Split) -> list[str]:
    """Where to cut for energy and for latency, in words, and what the figures leave out."""
    sentences = [_energy_sentence(split), *_as_good(split), _latency_sentence(split)]
    unknown = sum(not cut.is_known for cut in split.cuts)
    if unknown:
        sentences.append(f"{unknown} cuts are left out of this: the shape of what they send is unknown.")
    if split.left_out:
        sentences.append(f"{len(split.left_out)} places between kernels allow no cut.")
    return sentences


def _energy_sentence(split: Split) -> str:
    whole, least = split.cuts[-1], split.best_energy
    words = f"Least energy on the device: {place_words(split, least)}, {short(least.energy_mj)} mJ"
    if least.kernels == whole.kernels:
        return f"{words}."
    less = split.less_than(least, whole)
    return (
        f"{words} instead of {short(whole.energy_mj)} mJ without a server ({short(less.energy_mj)} mJ less, "
        f"8 in 10 times between {short(less.energy_mj_low)} and {short(less.energy_mj_high)} mJ)."
    )


def _as_good(split: Split) -> list[str]:
    """The cuts whose energy is within the error of the best one's, the nearest of them by name."""
    level = split.as_good
    if not level:
        return []
    named = "; ".join(place_words(split, cut) for cut in level[:NAMED])
    more = f"; {len(level) - NAMED} more" if len(level) > NAMED else ""
    return [f"Cannot be told apart from it in energy: {named}{more}."]


def _latency_sentence(split: Split) -> str:
    whole, first = split.cuts[-1], split.best_latency
    words = f"First answer: {place_words(split, first)}, {short(first.latency_ms)} ms"
    if first.kernels != whole.kernels:
        words += f" instead of {short(whole.latency_ms)} ms without a server"
    missing = [] if split.link.round_trip_ms else ["the round trip"]
    missing += [] if split.link.server_speedup else ["the server's own time"]
    if missing and first.kernels != whole.kernels:
        words += f"; without {' and '.join(missing)}, which you can give"
    return f"{words}."


def place_words(split: Split, cut: Cut) -> str:
    """Where a cut is: "send the input", "cut after kernel 4 (fire3)", "all on the device"."""
    if cut.kernels == 0:
        return f"send the input ({bytes_words(cut.sent_bytes)})"
    if cut.kernels == len(split.estimate.kernels):
        return "all on the device"
    where = f"cut after kernel {cut.kernels - 1} ({printable(cut.after, 40)})"
    return f"{where}, send {bytes_words(cut.sent_bytes)}"


def bytes_words(size: int | None) -> str:
    """A size as "150 kB"; "unknown" for None."""
    if size is None:
        return "an unknown size"
    if size < 1000:
        return f"{size} bytes"
    power = min(int(math.log10(size) // 3), 3)
    return f"{short(size / 1000**power)} {('', 'kB', 'MB', 'GB')[power]}"


def cut_dict(split: Split, cut: Cut) -> dict[str, Any]:
    """One cut as plain data, in the order of `CUT_COLUMNS`; None for what an unknown shape hides."""
    best = [
        name for name, each in (("energy", split.best_energy), ("latency", split.best_latency)) if each == cut
    ]
    return {
        "kernels_on_device": cut.kernels,
        "after": cut.after,
        "sent_bytes": cut.sent_bytes,
        "tensors": [{"name": each.name, "size_bytes": each.size_bytes} for each in cut.sent],
        "device_energy_mj": _figure(cut.device_energy_mj),
        "send_energy_mj": _figure(cut.send_energy_mj),
        "energy_mj": _figure(cut.energy_mj),
        "energy_mj_low": _figure(cut.energy_mj_low),
        "energy_mj_high": _figure(cut.energy_mj_high),
        "device_latency_ms": _figure(cut.device_latency_ms),
        "send_ms": _figure(cut.send_ms),
        "server_ms": _figure(cut.server_ms),
        "latency_ms": _figure(cut.latency_ms),
        "best": best,
        **_less(split.less_than(cut, split.cuts[-1])),
    }


def cut_row(split: Split, cut: Cut) -> dict[str, Any]:
    """The same with lists as words: a row of a table."""
    tensors = " ".join(each.name for each in cut.sent)
    row = cut_dict(split, cut)
    return {**row, "tensors": tensors, "best": " ".join(row["best"])}


def _less(less: Difference) -> dict[str, float | None]:
    """How much less than all on the device; every figure unknown where what is sent is."""
    return {
        "less_than_whole_mj": _figure(less.energy_mj),
        "less_than_whole_mj_low": _figure(less.energy_mj_low),
        "less_than_whole_mj_high": _figure(less.energy_mj_high),
    }


def _figure(figure: float) -> float | None:
    return None if math.isnan(figure) else rounded(figure)


def split_dict(split: Split) -> dict[str, Any]:
    """Every cut as plain data, with link, estimate, evidence and versions."""
    estimate = split.estimate
    return {
        "model": model_dict(split.report.model),
        "device_id": estimate.device_id,
        "delegate": estimate.delegate,
        "precision": estimate.precision,
        "evidence": estimate.evidence.value,
        "interval_level": estimate.interval_level,
        "source_ids": list(estimate.source_ids),
        "link": _link_dict(split.link),
        "send_precision": split.send_precision,
        "best_energy": split.best_energy.kernels,
        "best_latency": split.best_latency.kernels,
        "as_good_in_energy": [cut.kernels for cut in split.as_good],
        "sentences": split_sentences(split),
        "not_counted": LEFT_OUT,
        "cuts": [cut_dict(split, cut) for cut in split.cuts],
        "impossible_cuts": list(split.left_out),
        "data_version": split.report.data_version,
        "method_version": split.report.method_version,
    }


def _link_dict(link: Link) -> dict[str, Any]:
    return {
        "uplink_mbit_s": link.uplink_mbit_s,
        "energy_uj_per_byte": rounded(1000.0 * link.energy_mj_per_byte),
        "round_trip_ms": link.round_trip_ms,
        "server_speedup": link.server_speedup,
        "basis": link.basis,
    }


def split_json(split: Split) -> str:
    """Every cut as JSON text."""
    return json.dumps(split_dict(split), indent=2, allow_nan=False)


def split_csv(split: Split) -> str:
    """One row per cut as CSV, with device, link and versions on every row."""
    origin = {
        "device_id": split.estimate.device_id,
        "delegate": split.estimate.delegate,
        "precision": split.estimate.precision,
        "send_precision": split.send_precision,
        "uplink_mbit_s": split.link.uplink_mbit_s,
        "energy_uj_per_byte": rounded(1000.0 * split.link.energy_mj_per_byte),
        "data_version": split.report.data_version,
        "method_version": split.report.method_version,
    }
    return csv_text([*CUT_COLUMNS, *origin], ({**cut_row(split, cut), **origin} for cut in split.cuts))


def split_table(split: Split) -> str:
    """Every cut as text: the link, where to cut, a line per cut with the best marked."""
    estimate, link = split.estimate, split.link
    server = "not counted" if link.server_speedup is None else f"{short(link.server_speedup)} times as fast"
    head = f"{'kernels':>7}{'sent bytes':>12}{'device mJ':>11}{'send mJ':>10}{'total mJ':>10}"
    lines = [
        f"{estimate.device_id}, {estimate.delegate}, {estimate.precision}; activations sent as "
        f"{split.send_precision}",
        f"link: {short(link.uplink_mbit_s)} Mbit/s, {short(1000 * link.energy_mj_per_byte)} uJ per byte, "
        f"round trip {short(link.round_trip_ms)} ms, server {server}",
        f"      ({link.basis})",
        "",
        *split_sentences(split),
        "",
        f"{head}  {'8 in 10 times':<20}{'ms':>9}  after",
        *(_cut_line(split, cut) for cut in split.cuts),
        "",
        LEFT_OUT,
        f"data {split.report.data_version}, method {split.report.method_version}",
    ]
    return "\n".join(lines)


def _cut_line(split: Split, cut: Cut) -> str:
    marks = [
        mark
        for mark, best in (("least energy", split.best_energy), ("first answer", split.best_latency))
        if best == cut
    ]
    note = f"  <- {', '.join(marks)}" if marks else ""
    size = "?" if cut.sent_bytes is None else str(cut.sent_bytes)
    span = f"{short(cut.energy_mj_low)} to {short(cut.energy_mj_high)}"
    after = printable(cut.after, 40) or "(input)"
    return (
        f"{cut.kernels:>7}{size:>12}{short(cut.device_energy_mj):>11}{short(cut.send_energy_mj):>10}"
        f"{short(cut.energy_mj):>10}  {span:<20}{short(cut.latency_ms):>9}  {after}{note}"
    )
