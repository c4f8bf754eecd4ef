"""Targets by name: looking one up finds what listing all of them does, and loads no more than it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from predictors.errors import InputError
from predictors.registry import (
    DELEGATE_ALIASES,
    FAMILIES,
    find_targets,
    forget_targets,
    predictor,
    predictor_for,
    targets,
    targets_of,
)
from predictors.results.targets import Target
from predictors.samples import sample_bytes

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def listed() -> tuple[Target, ...]:
    """Every target, listed once."""
    return targets()


def looked_up(device_id: str, delegate: str, precision: str) -> tuple[Target, ...]:
    """What the registry finds when nothing has been listed yet; nothing for a name that does not exist."""
    forget_targets()
    try:
        return find_targets(device_id, delegate, precision)
    except InputError:
        return ()


@pytest.mark.parametrize(
    "device_id", ["huawei-p40-pro", "huawei-p40-lite", "raspberry-pi-4", "jetson-tx2", "jetson-xavier-nx"]
)
def test_a_whole_name_finds_what_the_list_holds(device_id: str, listed: tuple[Target, ...]) -> None:
    for delegate, precision in (("cpu", "fp32"), ("gpu", "int8"), ("cpu4", "fp32"), ("tflite-ruy", "int8")):
        names = {delegate} | DELEGATE_ALIASES.get(delegate, frozenset())
        expected = [
            one
            for one in listed
            if (one.device_id, one.precision) == (device_id, precision) and one.delegate in names
        ]
        assert list(looked_up(device_id, delegate, precision)) == expected


@pytest.mark.parametrize("listed_before", [False, True])
def test_targets_of_a_device_are_those_of_the_list(listed: tuple[Target, ...], listed_before: bool) -> None:
    for device_id in ("huawei-p40-pro", "xiaomi-redmi-note8", "khadas-vim4", "jetson-tx2", "no-such-device"):
        forget_targets()
        if listed_before:
            targets()
        assert list(targets_of(device_id)) == [one for one in listed if one.device_id == device_id]


def test_a_wrong_name_is_answered_with_all_choices() -> None:
    forget_targets()
    with pytest.raises(InputError, match="raspberry-pi-4") as caught:
        find_targets("nokia", "cpu", "fp32")
    assert caught.value.code == "DEVICE_UNKNOWN"
    with pytest.raises(InputError, match="tflite-ruy") as caught:
        find_targets("raspberry-pi-4", "quantum", "fp32")
    assert caught.value.code == "DELEGATE_UNKNOWN"


@pytest.mark.parametrize(
    "name",
    [
        ("huawei-p40-pro", "gpu", "fp32"),
        ("huawei-p40-pro", "nnapi", "fp32"),
        ("odroid-n2-plus", "armnn-neon", "int8"),
        ("jetson-tx2", "cpu", "fp32"),
    ],
    ids=" ".join,
)
def test_a_target_has_the_predictor_of_its_name(name: tuple[str, str, str]) -> None:
    target = predictor(*name).target
    assert (target.device_id, target.delegate, target.precision) == name


HEAVY = ("sklearn", "scipy.optimize", "scipy.stats", "onnx", "plotly", "streamlit")


@pytest.mark.slow
def test_an_estimate_on_one_device_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    """scipy's statistics and optimisers alone take longer to load than the estimate itself."""
    model = tmp_path / "alexnet.onnx"
    model.write_bytes(sample_bytes("alexnet"))
    words = ["estimate", str(model), "--device", "huawei-p40-pro", "--delegate", "cpu", "--format", "csv"]
    script = (
        f"import sys\nfrom predictors.cli.main import main\nmain({words!r})\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    *rows, loaded = done.stdout.splitlines()
    assert len(rows) > 10
    assert loaded == "[]"


def test_every_target_belongs_to_one_family_that_answers_for_it(
    listed: tuple[Target, ...],
) -> None:
    for target in listed:
        owners = [family for family in FAMILIES if target in family.list_targets()]
        assert len(owners) == 1, target
    tx2 = next(target for target in listed if target.device_id == "jetson-tx2")
    assert predictor_for(tx2).target == tx2


def test_families_that_answer_faster_are_asked_first() -> None:
    assert sorted(family.cost for family in FAMILIES) == list(range(len(FAMILIES)))
    assert next(family for family in FAMILIES if family.cost == 0).of_phones
