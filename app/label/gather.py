"""Collects what a label states: from the bundle for a device, from an estimate for a model."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from app.i18n.formats import quoted
from app.i18n.texts import t
from app.label.address import Asked, DeviceAsked, SampleAsked
from app.label.errors import LabelError
from app.label.facts import NETWORKS, EstimateFacts, Facts, ScoreFacts
from app.measurements.phone_scores import measured_rows
from data import open_bundle, queries
from predictors.energy.calibrated.device_file import OwnDevice
from predictors.energy.calibrated.own_devices import own_devices, own_names
from predictors.energy.calibrated.own_folder import Stamp, stamp
from predictors.errors import printable
from predictors.results.estimates import Estimate
from predictors.results.figures import Scope
from predictors.results.report import ModelReport
from scoring import DELEGATES
from scoring.candidates import Candidate, ScoreName
from scoring.measurements import MeasuredRow
from scoring.ranking import Standing, standings
from scoring.reference_models import Versus, versus_references


@lru_cache(maxsize=1)
def phones() -> tuple[Candidate, ...]:
    """Return every phone of the bundle with its rows and its TDP (W), in the source's order."""
    bundle = open_bundle()
    tdps = _column(queries.devices(bundle), "tdp_w")
    rows = queries.application_measurements(bundle)
    return tuple(
        Candidate(str(device_id), tuple(measured_rows(of_device)), float(str(tdps[device_id])))
        for device_id, of_device in rows.groupby("device_id", sort=False)
    )


def phone_rows(device_id: str) -> tuple[MeasuredRow, ...]:
    """Return the rows of a phone; none for another device."""
    return next((phone.rows for phone in phones() if phone.device_id == device_id), ())


@lru_cache(maxsize=4)
def phone_standings(name: ScoreName) -> tuple[Standing, ...]:
    """Return score, rank and intervals of every phone of the bundle, best first."""
    return standings(phones(), name)


@lru_cache(maxsize=1)
def device_names() -> dict[str, str]:
    """Return device id -> name of every device."""
    return {key: str(name) for key, name in _column(queries.devices(open_bundle()), "name").items()}


def _column(devices: pd.DataFrame, column: str) -> dict[str, object]:
    return dict(zip(devices["device_id"].astype(str), devices[column], strict=True))


def score_facts(device_id: str, name: ScoreName) -> ScoreFacts:
    """Return the facts of a phone's score.

    Raises LabelError `UNKNOWN_DEVICE`, or `NO_SCORES` for a device without application measurements.
    """
    found = next((each for each in phone_standings(name) if each.device_id == device_id), None)
    if found is None:
        raise _no_scores(device_id)
    return facts_of_standing(found, device_id, device_names()[device_id], found.score.rows_possible)


def facts_of_standing(standing: Standing, device_id: str, device_name: str, ranked_on: int) -> ScoreFacts:
    """Return the facts of a standing; `device_id` is "" for somebody's own device."""
    score = standing.score
    name: ScoreName = "PCS" if score.name == "PCS" else "IECS"
    return ScoreFacts(
        device_id, device_name, name, score.value, score.rows_used, score.rows_possible,
        standing.rank, standing.of, ranked_on, standing.spread,
    )  # fmt: skip


def _no_scores(device_id: str) -> LabelError:
    scored = ", ".join(phone.device_id for phone in phones()) or t("none in this bundle")
    shown = printable(device_id, 60)
    if device_id in device_names():
        return LabelError(
            "NO_SCORES",
            "{device} has no measurements of the reference networks, so it has no scores and no label. "
            "Devices with scores: {scored}.",
            device=shown,
            scored=scored,
        )
    return LabelError(
        "UNKNOWN_DEVICE",
        "There is no device {device} (any more). Devices with scores: {scored}.",
        device=quoted(shown),
        scored=scored,
    )


def estimate_facts(
    report: ModelReport,
    estimate: Estimate,
    *,
    name: str,
    sample_id: str = "",
    side: int | None = None,
    task: str = "",
) -> EstimateFacts:
    """Return the facts of an estimate; `name` is the model's, cleaned of what cannot be printed.

    The task of a sample is known; `task` is what the reader says of a file.

    Raises LabelError `NO_FIGURE` for an estimate without any energy.
    """
    if estimate.energy_mj_low <= 0:
        raise LabelError(
            "NO_FIGURE",
            "None of this model's kernels has an energy on this device, so there is nothing to label. "
            "Choose another device.",
        )
    coverage = estimate.coverage
    compared = versus_model(estimate)
    return EstimateFacts(
        model_name=printable(name, 80) or t("Unnamed model"),
        sample_id=sample_id,
        side=side,
        sha256=report.model.sha256,
        device_id=estimate.device_id,
        device_name=(device_names() | own_names()).get(estimate.device_id, estimate.device_id),
        delegate=estimate.delegate,
        precision=estimate.precision,
        evidence=estimate.evidence.value,
        energy_mj=estimate.energy_mj,
        energy_mj_low=estimate.energy_mj_low,
        energy_mj_high=estimate.energy_mj_high,
        kernels=coverage.kernels,
        approximated=coverage.approximated,
        unsupported=coverage.unsupported,
        beats=None if compared is None else len(compared.beaten),
        task=sample_task(sample_id) if sample_id else task,
    )


def sample_task(sample_id: str) -> str:
    """Return what a sample network is for."""
    from predictors.samples import sample

    return sample(sample_id).task


def versus_model(estimate: Estimate) -> Versus | None:
    """Return an estimate beside the reference networks measured there; None where none was measured."""
    rows = phone_rows(estimate.device_id)
    if not rows or estimate.delegate not in DELEGATES or estimate.energy_mj_low <= 0:
        return None
    if estimate.scope is not Scope.APPLICATION:  # the references were measured as applications
        return None
    low_j, high_j = estimate.energy_mj_low / 1000.0, estimate.energy_mj_high / 1000.0
    networks = [f"DNN{position}" for position in range(1, NETWORKS + 1)]
    found = versus_references(low_j, high_j, rows, estimate.delegate, networks)
    return None if len(found.not_measured) == NETWORKS else found


def sample_facts(asked: SampleAsked) -> EstimateFacts:
    """Return the facts of a sample network's estimate, computed here (seconds the first time).

    Raises LabelError `UNKNOWN_SAMPLE`, and InputError for a target or size that does not exist.
    """
    # Two visitors may each have a device of this name, and a device file may have changed.
    own = tuple(device for device in own_devices() if device.device_id == asked.device_id)
    return _sample_facts(asked, own, stamp())


@lru_cache(maxsize=32)
def _sample_facts(asked: SampleAsked, _own: tuple[OwnDevice, ...], _files: Stamp) -> EstimateFacts:
    from predictors.estimate import estimate_model
    from predictors.samples import SAMPLES, sample_bytes

    if asked.sample_id not in SAMPLES:
        raise LabelError(
            "UNKNOWN_SAMPLE",
            "There is no sample network {sample} (any more). Choose one of: {known}.",
            sample=quoted(printable(asked.sample_id, 60)),
            known=", ".join(SAMPLES),
        )
    report = estimate_model(
        sample_bytes(asked.sample_id, input_hw=asked.side),
        device=asked.device_id,
        delegate=asked.delegate,
        precision=asked.precision,
    )
    title = SAMPLES[asked.sample_id].title
    return estimate_facts(report, report.estimates[0], name=title, sample_id=asked.sample_id, side=asked.side)


def facts_for(asked: Asked) -> Facts:
    """Return the facts that an address asks for; those it claims itself are handed back as they are."""
    if isinstance(asked, DeviceAsked):
        return score_facts(asked.device_id, asked.score)
    return sample_facts(asked) if isinstance(asked, SampleAsked) else asked
