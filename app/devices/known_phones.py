"""The phones of the bundle with their scores, made once for all readers."""

from __future__ import annotations

import pandas as pd

from app import bundle_cache
from app.devices.facts import catalogue
from app.devices.phone_scores import PhoneScores, score_phones, score_table
from app.memo import keeping


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
