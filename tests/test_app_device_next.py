"""Where to go from a device: what its links promise is there."""

from __future__ import annotations

import pytest

from app.devices.next_steps import can_be_estimated
from data import open_bundle, queries
from predictors.registry import targets

DEVICES = list(queries.devices(open_bundle())["device_id"])


@pytest.mark.parametrize("device_id", DEVICES)
def test_whether_a_device_can_be_estimated_is_told_without_listing_targets(device_id: str) -> None:
    known = [target for target in targets() if target.device_id == device_id]
    assert can_be_estimated(device_id) == any(target.error_percent is not None for target in known)
    assert can_be_estimated(device_id) == bool(known)
