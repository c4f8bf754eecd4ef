"""What can be estimated and how well, as a table for the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from app.i18n.formats import count, number
from app.i18n.messages import tell
from app.i18n.texts import t
from app.ui.target_names import delegate_names
from predictors.results.targets import Target


def target_table(targets: Sequence[Target], names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return one row per target, in their order; `names` is device id -> name, without it no device is named.

    All cells are text in the reader's language; the error has three significant digits and is empty where
    nothing can be estimated.
    """
    delegates: dict[str, list[str]] = {}
    for target in targets:
        delegates.setdefault(target.device_id, []).append(target.delegate)
    labels = {device_id: delegate_names(found) for device_id, found in delegates.items()}
    columns = {
        t("Device"): [(names or {}).get(target.device_id, target.device_id) for target in targets],
        t("Runs on"): [labels[target.device_id][target.delegate] for target in targets],
        t("Precision"): [target.precision for target in targets],
        t("Obtained"): [tell(target.evidence.value) for target in targets],
        t("Error, held out (%)"): [_error(target.error_percent) for target in targets],
        t("How the error was found"): [tell(target.error_basis) for target in targets],
        t("What the meter saw"): [tell(target.meter) for target in targets],
    }
    if names is None:
        del columns[t("Device")]
    return pd.DataFrame(columns)


def targets_sentence(targets: Sequence[Target]) -> str:
    """Return how many targets there are and how many are too thinly measured, in one sentence."""
    known = [target for target in targets if target.error_percent is not None]
    devices = len({target.device_id for target in known})
    return t(
        "Estimates are made for {known} combinations of device, back end and precision on {devices} devices. "
        "For {thin} more the measurements are too thin, and the app says so instead.",
        known=count(len(known)),
        devices=count(devices),
        thin=count(len(targets) - len(known)),
    )


def _error(error_percent: float | None) -> str:
    return "" if error_percent is None else number(error_percent)
