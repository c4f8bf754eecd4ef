"""What can be estimated and how well, as a table for the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from app.formats import number
from app.phone_cells import DELEGATE_NAMES
from predictors.targets import Target


def target_table(targets: Sequence[Target], names: Mapping[str, str]) -> pd.DataFrame:
    """Return one row per target, in their order; `names` is device id -> name.

    All cells are text; the error has three significant digits and is empty where nothing can be estimated.
    """
    return pd.DataFrame(
        {
            "Device": [names.get(target.device_id, target.device_id) for target in targets],
            "Runs on": [DELEGATE_NAMES.get(target.delegate, target.delegate) for target in targets],
            "Precision": [target.precision for target in targets],
            "Obtained": [target.evidence.value for target in targets],
            "Error, held out (%)": [_error(target.error_percent) for target in targets],
            "How the error was found": [target.error_basis for target in targets],
            "What the meter saw": [target.meter for target in targets],
        }
    )


def targets_sentence(targets: Sequence[Target]) -> str:
    """Return how many targets there are and how many are too thinly measured, in one sentence."""
    known = [target for target in targets if target.error_percent is not None]
    devices = len({target.device_id for target in known})
    return (
        f"Estimates are made for {len(known)} combinations of device, back end and precision on {devices} "
        f"devices. For {len(targets) - len(known)} more the measurements are too thin, and the app says "
        "so instead."
    )


def _error(error_percent: float | None) -> str:
    return "" if error_percent is None else number(error_percent)
