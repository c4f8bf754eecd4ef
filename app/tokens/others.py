"""One model wherever it was measured: a row per device, software, format and power mode."""

from __future__ import annotations

import pandas as pd

from app import bundle_cache
from app.memo import keeping
from predictors.tokens.rows import token_rows


@keeping
def other_rows(model: str) -> pd.DataFrame:
    """Return medians of writing, the least first within a meter.

    Columns: scope, device, software, power_mode, weight_format, token_mj (mJ), tokens_per_s, rows,
    measured_in. Flagged rows are left out.
    """
    names = bundle_cache.devices().set_index("device_id")["name"].to_dict()
    rows = [row for row in token_rows() if row.model == model and row.phase == "decode" and not row.flagged]
    frame = pd.DataFrame(
        {
            "scope": [row.scope for row in rows],
            "device": [names.get(row.device_id, row.device_id) for row in rows],
            "software": [row.family for row in rows],
            "power_mode": [row.power_mode for row in rows],
            "weight_format": [row.weight_format for row in rows],
            "energy_mj": [row.energy_mj for row in rows],
            "tokens_per_s": [row.tokens_per_s for row in rows],
            "measured_in": [row.measured_in for row in rows],
        }
    )
    if frame.empty:
        return frame
    keys = ["scope", "device", "software", "power_mode", "weight_format"]
    grouped = frame.groupby(keys, sort=False).agg(
        token_mj=("energy_mj", "median"),
        tokens_per_s=("tokens_per_s", "median"),
        rows=("energy_mj", "size"),
        measured_in=("measured_in", "first"),
    )
    return grouped.reset_index().sort_values(["scope", "token_mj"], ignore_index=True)
