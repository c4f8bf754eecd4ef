"""Which devices, delegates and precisions can be chosen, from the registry of predictors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Final

import pandas as pd

from app import bundle_cache, own_devices
from app.i18n.formats import capital
from app.i18n.messages import tell
from app.i18n.texts import t
from app.memo import keeping
from app.ui.target_names import delegate_names, short_device_name
from data import queries
from predictors.results.columns import ESTIMATE, values
from predictors.results.estimates import Estimate, Evidence, Note
from predictors.results.report import ModelReport, NotEstimated
from predictors.results.targets import Target

NameOf = Callable[[str, str], str]
"""Device id and delegate -> label on screen."""

WhyOf = Callable[[NotEstimated], str]
"""What is not estimated -> the reason on screen."""

DEFAULT: Final = ("huawei-p40-pro", "cpu", "fp32")
"""Device, delegate and precision of the first estimate."""


@keeping
def model_ranges() -> pd.DataFrame:
    """Return the published energy range of each model family (mJ)."""
    return queries.model_ranges(bundle_cache.bundle())


@keeping
def device_labels() -> dict[str, str]:
    """Return device id -> name of what can be estimated: the first choice, then phones, then boards."""
    devices = bundle_cache.devices()
    names = dict(zip(devices["device_id"], devices["name"], strict=True)) | own_devices.labels()
    labels = {
        target.device_id: str(names.get(target.device_id, target.device_id))
        for target in bundle_cache.targets()
    }

    def place(device_id: str) -> tuple[bool, bool, str]:
        return device_id != DEFAULT[0], "nnapi" not in delegates_of(device_id), labels[device_id]

    return {device_id: labels[device_id] for device_id in sorted(labels, key=place)}


def delegates_of(device_id: str) -> list[str]:
    """Return the delegates of one device, in the order of the registry."""
    return list(
        dict.fromkeys(each.delegate for each in bundle_cache.targets() if each.device_id == device_id)
    )


def delegate_labels(device_id: str) -> dict[str, str]:
    """Return delegate id -> name for one device; processors in the order CPU, four threads, GPU, NNAPI."""
    known = [each for each in _PROCESSOR_ORDER if each in delegates_of(device_id)]
    return delegate_names(list(dict.fromkeys([*known, *delegates_of(device_id)])))


_PROCESSOR_ORDER: Final = ("cpu", "cpu4", "gpu", "nnapi")


def precisions_of(device_id: str, delegate: str) -> list[str]:
    """Return the precisions of one delegate, fp32 first."""
    found = {
        each.precision
        for each in bundle_cache.targets()
        if (each.device_id, each.delegate) == (device_id, delegate)
    }
    return sorted(found)


def target_named(device_id: str, delegate: str, precision: str) -> Target:
    """Return the target of these names. Raises InputError where there is none."""
    target = known_target(device_id, delegate, precision)
    if target is None:
        from predictors.registry import find_targets

        return find_targets(device_id, delegate, precision)[0]
    return target


def known_target(device_id: str, delegate: str, precision: str) -> Target | None:
    """Return the target of these names, None if there is none."""
    wanted = (device_id, delegate, precision)
    return next(
        (
            each
            for each in bundle_cache.targets()
            if (each.device_id, each.delegate, each.precision) == wanted
        ),
        None,
    )


def target_label(device_id: str, delegate: str) -> str:
    """Return the label of a device and delegate in charts: "P40 Pro · GPU"."""
    name = short_device_name(device_labels().get(device_id, device_id))
    return f"{name} · {delegate_labels(device_id).get(delegate, delegate)}"


def without_precision(precision: str) -> tuple[NotEstimated, ...]:
    """Return the devices and delegates that were not measured in a precision at all."""
    having = {
        (each.device_id, each.delegate) for each in bundle_cache.targets() if each.precision == precision
    }
    lacking = dict.fromkeys((each.device_id, each.delegate) for each in bundle_cache.targets())
    reason = Note("PRECISION_UNKNOWN", t("Nothing was measured there in {precision}.", precision=precision))
    return tuple(
        NotEstimated(device_id, delegate, precision, reason)
        for device_id, delegate in lacking
        if (device_id, delegate) not in having
    )


def why_not(failure: NotEstimated) -> str:
    """Return why something is not estimated, without the name of the target, which stands beside it."""
    target = known_target(failure.device_id, failure.delegate, failure.precision)
    if target is not None and is_thin(target) and target.error_basis:
        return why_thin(target)
    return tell(failure.reason.message)


def why_thin(target: Target) -> str:
    """Return why the evidence for a target is too thin, as a sentence."""
    return f"{capital(tell(target.error_basis)).rstrip('.')}."


def is_thin(target: Target) -> bool:
    """Whether the evidence for a target is too thin for a figure."""
    return target.evidence is Evidence.UNSUPPORTED


def target_id(device_id: str, delegate: str) -> str:
    """Return one text for a device and a delegate."""
    return f"{device_id}/{delegate}"


def target_frame(report: ModelReport, name_of: NameOf) -> pd.DataFrame:
    """Return one row per estimate, lowest energy first.

    Columns: target_id, device_id, delegate, label, energy_mj, energy_mj_low, energy_mj_high, idle_energy_mj,
    latency_ms, latency_ms_low, latency_ms_high, power_w, evidence, kernels, approximated, unsupported,
    source_ids.
    """
    rows = [_target_row(estimate, name_of) for estimate in report.estimates]
    frame = pd.DataFrame(rows, columns=_TARGET_COLUMNS)
    return frame.sort_values("energy_mj", kind="stable", ignore_index=True)


_OF_ESTIMATE = (
    "device_id", "delegate", "scope", "energy_mj", "energy_mj_low", "energy_mj_high", "kernel_sum_mj",
    "measured_mj", "idle_energy_mj", "latency_ms", "latency_ms_low", "latency_ms_high", "evidence", "kernels",
)  # fmt: skip
_TARGET_COLUMNS = [
    *_OF_ESTIMATE, "target_id", "label", "power_w", "approximated", "unsupported", "source_ids",
]  # fmt: skip


def _target_row(estimate: Estimate, name_of: NameOf) -> dict[str, object]:
    coverage = estimate.coverage
    return values(ESTIMATE, estimate, _OF_ESTIMATE) | {
        "target_id": target_id(estimate.device_id, estimate.delegate),
        "label": name_of(estimate.device_id, estimate.delegate),
        "power_w": estimate.avg_power_w,
        "approximated": coverage.approximated,
        "unsupported": coverage.unsupported,
        "source_ids": " ".join(estimate.source_ids),
    }


def missing_frame(failures: Iterable[NotEstimated], name_of: NameOf, why_of: WhyOf) -> pd.DataFrame:
    """Return the targets without a figure and why.

    Columns: label, precision, reason, code, and what was measured of this network there: measured_mj, scope.
    """
    rows = [
        (
            name_of(one.device_id, one.delegate),
            one.precision,
            why_of(one),
            one.reason.code,
            one.measured[0].energy_mj if one.measured else math.nan,
            one.measured[0].scope.value if one.measured else "",
        )
        for one in failures
    ]
    return pd.DataFrame(rows, columns=["label", "precision", "reason", "code", "measured_mj", "scope"])


def one_per_device(targets: pd.DataFrame) -> pd.DataFrame:
    """Return the row of least energy of each device, in the order given (least energy first)."""
    return targets.drop_duplicates("device_id").reset_index(drop=True)
