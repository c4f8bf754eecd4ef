"""Joins figures and scores: measurements of phones in, both scores as printed and as recomputed out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from app import bundle_cache
from app.i18n.formats import number
from app.i18n.texts import t, verbatim
from app.measurements.devices import catalogue
from app.memo import keeping
from app.ui.target_names import without_maker
from scoring import (
    MeasuredRow,
    PrintedComparison,
    Reason,
    compare_with_printed,
    iecs,
    misplaced_tdps,
    pcs,
)
from scoring.rubric import grade_score

_MAKERS: Final = (verbatim("Huawei "), verbatim("Xiaomi "), verbatim("Motorola "))
_SERIES: Final = verbatim("Redmi ")


@dataclass(frozen=True, slots=True)
class PhoneScores:
    """Both scores of one phone, each as printed and as recomputed; `ai_performance_score` as read off."""

    device_id: str
    name: str
    pcs: PrintedComparison
    iecs: PrintedComparison
    ai_performance_score: float | None


def score_phones(
    devices: pd.DataFrame, measurements: pd.DataFrame, published: pd.DataFrame
) -> tuple[PhoneScores, ...]:
    """Return the scores of every phone with application measurements, best PCS first.

    Columns: devices (device_id, name, position, tdp_w), measurements (device_id, dnn_id, delegate,
    avg_power_w, energy_mj; NULL where not measured), published (device_id, pcs, iecs,
    ai_performance_score). `position` is the order of the source's columns, which the printed PCS depend
    on.
    """
    phones = devices[devices["device_id"].isin(measurements["device_id"])].sort_values("position")
    misplaced = misplaced_tdps(list(phones["name"]), list(phones["tdp_w"]))
    printed = published.set_index("device_id")
    scored = [
        _score(phone, tdp, measurements[measurements["device_id"] == phone["device_id"]], printed)
        for phone, tdp in zip(phones.to_dict("records"), misplaced, strict=True)
    ]
    return tuple(sorted(scored, key=lambda phone: -phone.pcs.recomputed.value))


def score_table(scores: Sequence[PhoneScores], devices: pd.DataFrame) -> pd.DataFrame:
    """Return one row per phone: its scores beside the columns of `devices`, in the order of `scores`.

    Added columns: rank (by PCS), short_name, pcs_letter, iecs_letter, pcs and iecs (unrounded),
    pcs_printed and iecs_printed (whole numbers as printed), ai_performance_score, rows_used, rows_possible.
    """
    rows = [
        {
            "device_id": phone.device_id,
            "rank": rank,
            "short_name": short_name(phone.name),
            "pcs_letter": letter_of(phone.pcs),
            "iecs_letter": letter_of(phone.iecs),
            "pcs": phone.pcs.recomputed.value,
            "pcs_printed": phone.pcs.printed,
            "iecs": phone.iecs.recomputed.value,
            "iecs_printed": phone.iecs.printed,
            "ai_performance_score": phone.ai_performance_score,
            "rows_used": phone.pcs.recomputed.rows_used,
            "rows_possible": phone.pcs.recomputed.rows_possible,
        }
        for rank, phone in enumerate(scores, start=1)
    ]
    return pd.DataFrame(rows).merge(devices, on="device_id", how="left")


def letter_of(comparison: PrintedComparison) -> str:
    """Return the letter of a recomputed score by the rubric."""
    return grade_score(comparison.recomputed).letter


def short_name(name: str) -> str:
    """Return a phone's name without its maker and series, for labels: "Huawei P40 Lite" -> "P40 Lite"."""
    return without_maker(name, _MAKERS).removeprefix(_SERIES)


def answer(table: pd.DataFrame) -> str:
    """Return the page's answer in one sentence, for the phones shown (a `score_table`, not empty)."""
    frugal = table.loc[table["pcs"].idxmax()]
    efficient = table.loc[table["iecs"].idxmax()]
    best = {
        "frugal": frugal["short_name"],
        "pcs": number(frugal["pcs"]),
        "efficient": efficient["short_name"],
        "iecs": number(efficient["iecs"]),
        # IECS adds up the inferences per joule of its tests.
        "mean": number(efficient["iecs"] / efficient["rows_used"], 2),
    }
    if len(table) == 1:
        return t("**{frugal}** has a PCS of {pcs} and an IECS of {iecs}.", **best)
    if frugal["device_id"] == efficient["device_id"]:
        return t(
            "**{frugal}** stays furthest below its power limit (PCS {pcs}) and does the most AI per joule: "
            "{mean} inferences on average (IECS {iecs}).",
            **best,
        )
    return t(
        "**{frugal}** stays furthest below its power limit (PCS {pcs}); **{efficient}** does the most AI per "
        "joule: {mean} inferences on average (IECS {iecs}).",
        **best,
    )


def why_printed_differs(scores: Sequence[PhoneScores]) -> str:
    """Return, in one sentence, how many printed PCS a misplaced TDP explains."""
    explained = sum(phone.pcs.reason is Reason.TDP_MISPLACED for phone in scores)
    agreeing = sum(phone.pcs.reason is Reason.AGREES for phone in scores)
    return t(
        "Of the {total} printed PCS, {explained} come out only with another phone's TDP and {agreeing} also "
        "with the phone's own.",
        total=len(scores),
        explained=explained,
        agreeing=agreeing,
    )


def _score(
    phone: dict[str, object], misplaced_tdp_w: float, rows: pd.DataFrame, printed: pd.DataFrame
) -> PhoneScores:
    device_id = str(phone["device_id"])
    measured = measured_rows(rows)
    row = printed.loc[device_id] if device_id in printed.index else None
    speed = (
        None if row is None or pd.isna(row["ai_performance_score"]) else float(row["ai_performance_score"])
    )
    return PhoneScores(
        device_id,
        str(phone["name"]),
        compare_with_printed(
            pcs(measured, float(str(phone["tdp_w"]))),
            _printed(row, "pcs"),
            with_misplaced_tdp=pcs(measured, misplaced_tdp_w),
        ),
        compare_with_printed(iecs(measured), _printed(row, "iecs")),
        speed,
    )


def measured_rows(rows: pd.DataFrame) -> list[MeasuredRow]:
    """Return the measurements of one phone as scoring takes them: W and J, None where not measured."""
    return [
        MeasuredRow(
            str(row["dnn_id"]),
            str(row["delegate"]),
            None if pd.isna(row["avg_power_w"]) else float(row["avg_power_w"]),
            None if pd.isna(row["energy_mj"]) else float(row["energy_mj"]) / 1000.0,
        )
        for row in rows.to_dict("records")
    ]


def _printed(row: pd.Series | None, column: str) -> int | None:
    return None if row is None or pd.isna(row[column]) else round(float(row[column]))


@keeping
def known_scores() -> tuple[PhoneScores, ...]:
    """Return the scores of every phone of the bundle, best PCS first; none without its sources."""
    return score_phones(
        bundle_cache.devices(), bundle_cache.application_measurements(), bundle_cache.published_scores()
    )


@keeping
def known_phones() -> pd.DataFrame:
    """Return a row per phone: the columns of `score_table`, and searched (see `catalogue`)."""
    table = score_table(known_scores(), bundle_cache.devices())
    return table.merge(catalogue()[["device_id", "searched"]], on="device_id", how="left")
