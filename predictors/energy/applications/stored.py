"""The fitted terms and what left-out networks gave, as committed tables: nothing is fitted when it is asked
for.

`python -m predictors train` writes both from the bundle; a test compares them with a fit made anew.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from predictors.energy.applications.cells import (
    QUANTITIES,
    SUMS_PATH,
    ApplicationCell,
    Quantity,
    application_settings,
    reference_sums,
)
from predictors.energy.applications.evidence import ApplicationEvidence
from predictors.energy.applications.fit import ApplicationFit
from predictors.energy.applications.held_out import ApplicationCase

TERMS_PATH: Final = SUMS_PATH.with_name("application_terms.csv")
PAIRS_PATH: Final = SUMS_PATH.with_name("application_pairs.csv")
PAIR_COLUMNS: Final = (
    "device_id", "delegate", "precision", "dnn_id", "network", "energy_mj", "latency_ms", "energy_residual",
    "latency_residual", "energy_half_width",
)  # fmt: skip
"""`energy_mj` and `latency_ms` as measured; residuals: ln of measured over estimated, half-width (log) of
the interval: the network left out.
"""


@lru_cache(maxsize=1)
def application_cases() -> tuple[ApplicationCase, ...]:
    """Every measured application with the energy estimated for it when its network was left out."""
    cells = application_evidence().cells
    return tuple(
        ApplicationCase(cell, float(pair["energy_residual"]), float(pair["energy_half_width"]))
        for cell, pair in zip(cells, _stored_pairs(), strict=True)
    )


def _stored_pairs() -> list[dict[str, str]]:
    with PAIRS_PATH.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@lru_cache(maxsize=1)
def application_evidence() -> ApplicationEvidence:
    """The stored evidence, read once per process."""
    pairs = _stored_pairs()
    residuals: dict[Quantity, tuple[float, ...]] = {
        quantity: tuple(float(pair[f"{quantity}_residual"]) for pair in pairs) for quantity in QUANTITIES
    }
    return ApplicationEvidence(application_settings(), tuple(map(_cell, pairs)), _stored_fits(), residuals)


def _cell(pair: dict[str, str]) -> ApplicationCell:
    kernels = reference_sums()[pair["network"]]
    energy_mj, latency_ms = float(pair["energy_mj"]), float(pair["latency_ms"])
    return ApplicationCell(
        device_id=pair["device_id"],
        delegate=pair["delegate"],
        precision=pair["precision"],
        dnn_id=pair["dnn_id"],
        network=pair["network"],
        log_ratio={
            "energy": math.log(energy_mj / kernels.energy_mj),
            "latency": math.log(latency_ms / kernels.latency_ms),
        },
        log_sum_mj=math.log(kernels.energy_mj),
        energy_mj=energy_mj,
        latency_ms=latency_ms,
    )


def _stored_fits() -> dict[Quantity, ApplicationFit]:
    with TERMS_PATH.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {
        quantity: ApplicationFit(
            {
                tuple(row["term"].split("/")): float(row["value"])
                for row in rows
                if row["quantity"] == quantity
            }
        )
        for quantity in QUANTITIES
    }


def write_evidence(evidence: ApplicationEvidence, cases: Sequence[ApplicationCase]) -> None:
    """Write both tables; `cases` are the nested ones of energy."""
    half_widths = {_key(case.cell): case.half_width for case in cases}
    _write(
        TERMS_PATH,
        ("quantity", "term", "value"),
        (
            (quantity, "/".join(term), f"{value:.9g}")
            for quantity in QUANTITIES
            for term, value in evidence.fits[quantity].terms.items()
        ),
    )
    rows = zip(evidence.cells, *(evidence.residuals[quantity] for quantity in QUANTITIES), strict=True)
    _write(
        PAIRS_PATH,
        PAIR_COLUMNS,
        (
            (
                *(getattr(cell, name) for name in PAIR_COLUMNS[:7]),
                f"{energy:.9g}",
                f"{latency:.9g}",
                f"{half_widths[_key(cell)]:.9g}",
            )
            for cell, energy, latency in rows
        ),
    )


def _key(cell: ApplicationCell) -> tuple[str, str, str]:
    return cell.device_id, cell.delegate, cell.dnn_id


def _write(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
