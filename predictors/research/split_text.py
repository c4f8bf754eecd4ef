"""Every split of a network as JSON, CSV, text table and sentences."""

from __future__ import annotations

import json
from typing import Any

from data.inert_csv import csv_text
from predictors.errors import printable
from predictors.research.radio_links import Link
from predictors.research.split_result import (
    CUT_COLUMNS,
    LEFT_OUT,
    Cut,
    Split,
    cut_dict,
    cut_row,
    split_sentences,
)
from predictors.results.columns import ESTIMATE, FIGURES, chosen
from predictors.results.frames import rounded, short
from predictors.results.rows import model_dict, text_table


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
        "energy_uj_per_byte_low": rounded(1000.0 * link.energy_mj_per_byte * link.low_share),
        "energy_uj_per_byte_high": rounded(1000.0 * link.energy_mj_per_byte * link.high_share),
        "scope": None if link.scope is None else link.scope.value,
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
    head, *figures = text_table(chosen(ESTIMATE, FIGURES), split.cuts)
    lines = [
        f"{estimate.device_id}, {estimate.delegate}, {estimate.precision}; activations sent as "
        f"{split.send_precision}",
        f"link: {short(link.uplink_mbit_s)} Mbit/s, {short(1000 * link.energy_mj_per_byte)} uJ per byte, "
        f"round trip {short(link.round_trip_ms)} ms, server {server}",
        f"      ({link.basis})",
        "",
        *split_sentences(split),
        "",
        f"{'Kernels':>7}{'Sent bytes':>12}{'Device mJ':>11}{'Send mJ':>10}  {head}  After",
        *(_cut_line(split, cut, figure) for cut, figure in zip(split.cuts, figures, strict=True)),
        "",
        LEFT_OUT,
        f"data {split.report.data_version}, method {split.report.method_version}",
    ]
    return "\n".join(lines)


def _cut_line(split: Split, cut: Cut, figures: str) -> str:
    marks = [
        mark
        for mark, best in (("least energy", split.best_energy), ("first answer", split.best_latency))
        if best == cut
    ]
    note = f"  <- {', '.join(marks)}" if marks else ""
    size = "?" if cut.sent_bytes is None else str(cut.sent_bytes)
    after = printable(cut.after, 40) or "(input)"
    return (
        f"{cut.kernels:>7}{size:>12}{short(cut.device_energy_mj):>11}{short(cut.send_energy_mj):>10}"
        f"  {figures}  {after}{note}"
    )
