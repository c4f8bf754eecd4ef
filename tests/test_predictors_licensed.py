"""With a bundle of licensed sources only, boards answer as before and everything else says why it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from data_support import full_bundle
from predictors.estimate import estimate_model
from predictors.samples import sample_bytes

ROOT = Path(__file__).resolve().parent.parent
ASKED = """
import json, sys
from predictors import estimate_model
from predictors.research.advice import advise
from predictors.errors import InputError
from predictors.samples import sample_bytes

model = sample_bytes("mobilenet-v2")
everywhere = estimate_model(model)
board = estimate_model(model, device="raspberry-pi-4", delegate="tflite-ruy")
refused = {}
for device in ("huawei-p40-pro", "jetson-tx2", "jetson-xavier-nx"):
    try:
        estimate_model(model, device=device)
    except InputError as error:
        refused[device] = [error.code, error.message]
print(json.dumps({
    "left_out": [everywhere.left_out, board.left_out],
    "shown": everywhere._repr_html_(),
    "devices": sorted({each.device_id for each in everywhere.estimates}),
    "energy_mj": board.estimates[0].energy_mj,
    "advice": [one.energy_mj for each in advise(board.estimates[0]) for one in each.replacements],
    "refused": refused,
}))
"""


@pytest.fixture(scope="module")
def licensed() -> dict[str, Any]:
    """What another process answers with that bundle; the predictors of this one keep the full one."""
    environment = {**os.environ, "JOULELENS_BUNDLE": str(full_bundle(only_licensed=True).path)}
    command = [sys.executable, "-c", ASKED]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.slow
def test_boards_answer_with_the_digits_of_the_full_bundle(licensed: dict[str, Any]) -> None:
    made = estimate_model(sample_bytes("mobilenet-v2"), device="raspberry-pi-4", delegate="tflite-ruy")
    assert licensed["energy_mj"] == pytest.approx(made.estimates[0].energy_mj, rel=1e-9)
    assert "raspberry-pi-4" in licensed["devices"]
    assert not {"huawei-p40-pro", "jetson-tx2", "jetson-xavier-nx"} & set(licensed["devices"])
    assert licensed["advice"]


def test_whoever_asks_everywhere_hears_what_is_left_out(licensed: dict[str, Any]) -> None:
    everywhere, one_board = licensed["left_out"]
    assert "phones, Jetson TX2 and Jetson Xavier NX" in everywhere
    assert "python -m data build" in everywhere
    assert one_board == ""
    assert everywhere.split(",")[0] in licensed["shown"]
    assert estimate_model(sample_bytes("alexnet"), delegate="tflite-ruy").left_out == ""


def test_devices_that_are_left_out_say_so(licensed: dict[str, Any]) -> None:
    for device, (code, message) in licensed["refused"].items():
        assert code == "DEVICE_UNKNOWN"
        assert device in message
        assert "states no licence" in message
