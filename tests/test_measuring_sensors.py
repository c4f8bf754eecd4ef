"""The sensors of this machine, in trees that stand for /sys: what they see, what bars them, how they fail."""

from __future__ import annotations

import os
import sys
import time
import types
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from predictors.cli.main import main
from predictors.errors import InputError
from predictors.measuring import trace
from predictors.measuring.kernels import energy
from predictors.measuring.sensors import pmic, rapl, zeus_meter
from predictors.measuring.sensors import sensor as sensor_module
from predictors.measuring.sensors.found import choose, sensors
from predictors.measuring.sensors.pmic import power_of
from predictors.measuring.sensors.rapl import grown
from predictors.measuring.trace import FEWEST_CHANGES, Floats, Sampler, mean_watts
from simulated_meter import make_tree


def _write(folder: Path, **files: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(f"{content}\n")
    return folder


def test_a_machine_without_sensors_has_none(tmp_path: Path) -> None:
    assert sensors(tmp_path) == []
    assert choose("auto", tmp_path) is None
    with pytest.raises(InputError) as caught:
        choose("rapl", tmp_path)
    assert caught.value.code == "MEASURE_NO_SENSOR"


def test_packages_are_added_up_over_their_wrap_around(tmp_path: Path) -> None:
    counters = make_tree(tmp_path, range_j=100.0, zones=("package-0", "package-1", "dram"))
    package, memory = sensors(tmp_path)
    assert (package.kind, memory.kind, package.scope) == ("rapl", "rapl-dram", "package")
    counters[0].write_text("90000000")
    meter = package.open()
    counters[0].write_text("5000000")  # 15 J further, over the range of 100 J
    counters[1].write_text("2000000")
    counters[2].write_text("7000000")  # the memory is no part of the packages
    assert meter.joules() == pytest.approx(17.0)


@pytest.mark.parametrize(
    ("before", "after", "grew"), [(10.0, 25.0, 15.0), (95.0, 5.0, 10.0), (50.0, 50.0, 0.0)]
)
def test_a_counter_starts_anew_at_its_range(before: float, after: float, grew: float) -> None:
    assert grown(before, after, 100.0, 20.0) == pytest.approx(grew)


def test_a_counter_that_jumps_back_is_no_wrap_around() -> None:
    with pytest.raises(InputError) as caught:
        grown(60.0, 10.0, 100.0, 20.0)
    assert caught.value.code == "MEASURE_SENSOR_JUMPED"


def test_a_counter_for_root_only_says_how_to_be_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tree(tmp_path)
    monkeypatch.setattr(rapl.os, "access", lambda *_: False)
    with pytest.raises(InputError) as caught:
        choose("auto", tmp_path)
    assert caught.value.code == "MEASURE_NO_RIGHT"
    assert "chmod a+r" in str(caught.value.message)


def test_a_sensor_that_disappears_is_told(tmp_path: Path) -> None:
    [counter] = make_tree(tmp_path)
    sensor = choose("rapl", tmp_path)
    assert sensor is not None
    meter = sensor.open()
    counter.unlink()
    with pytest.raises(InputError) as caught:
        meter.joules()
    assert caught.value.code == "MEASURE_SENSOR_GONE"


def test_a_sensor_that_stands_still_is_told(tmp_path: Path) -> None:
    make_tree(tmp_path)
    sensor = choose("rapl", tmp_path)
    assert sensor is not None
    with Sampler(sensor) as sampler, pytest.raises(InputError) as caught:
        sampler.watts(0.0, 1e9)
    assert caught.value.code == "MEASURE_SENSOR_STILL"


def test_a_jetson_is_measured_at_its_input(tmp_path: Path) -> None:
    chip = _write(
        tmp_path / "class/hwmon/hwmon3", name="ina3221",
        in1_label="VDD_IN", in1_input=5000, curr1_input=1200,
        in2_label="VDD_CPU_GPU_CV", in2_input=5000, curr2_input=400, in7_label="sum of shunt voltages",
    )  # fmt: skip
    sensor = choose("jetson", tmp_path)
    assert sensor is not None
    assert (sensor.scope, sensor.name) == ("board-input", "INA3221 VDD_IN")
    (chip / "in1_label").write_text("VDD_SOC\n")  # without the input, the rails are added up
    sensor = choose("auto", tmp_path)
    assert sensor is not None
    assert sensor.scope == "rail"
    meter = sensor.open()
    first = meter.joules()
    (chip / "curr2_input").write_text("500\n")  # a reading that stays the same is no new one
    assert first < meter.joules() == meter.joules()


def test_a_reading_of_power_counts_where_it_is_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted(renewed: Sequence[float], every_s: float, polled_s: float) -> tuple[Floats, Floats]:
        moments = np.arange(0.0, every_s * len(renewed), polled_s)
        asked = iter(moments)
        readings = iter([renewed[int(moment // every_s)] for moment in moments])
        with monkeypatch.context() as patch:
            patch.setattr(sensor_module, "time", types.SimpleNamespace(monotonic=lambda: next(asked)))
            meter = sensor_module.Integrated(lambda: next(readings))
            return moments[1:], np.array([meter.joules() for _ in moments[1:]])

    # 60 s at 2 W, then a poll at 10 W: the time that the old value held is its own.
    assert counted([*[2.0] * 241, 10.0, 10.0], 0.25, 0.25)[1][-2:] == pytest.approx([122.5, 122.5])
    assert list(counted([4.0, 4.0, 4.0, 5.0, 5.0, 6.0], 1.0, 1.0)[1]) == [0.0, 0.0, 13.0, 13.0, 25.0]
    # Renewed each second, nine of ten times without a change; and in steps of 0.5 W.
    assert mean_watts(*counted(([5.0] * 9 + [10.0]) * 10, 1.0, 0.25)) == pytest.approx(5.5)
    coarse = np.round(2.0 * (3.1 + 0.12 * np.random.default_rng(0).standard_normal(600))) / 2.0
    assert mean_watts(*counted(coarse.tolist(), 0.1, 0.05)) == pytest.approx(float(coarse.mean()), rel=0.02)
    # A controller that tells the mean of the last 5 s: the first one in a stretch is of that stretch alone.
    means = [5.0, 5.1, 4.9, 5.1, 5.0, 4.9, 9.0, 9.1, 8.9, 9.1, 9.0, 8.9]
    moments, joules = counted(means * 4, 5.0, 0.25)
    inside = (moments > 93.0) & (moments < 120.0)
    assert mean_watts(moments[inside], joules[inside]) == pytest.approx(9.0, rel=0.01)
    # A controller that has stopped is told, as a counter is, and one that is slow is known by its pace.
    battery = _write(tmp_path / "class/power_supply/BAT0", type="Battery", status="Discharging", power_now=7)
    sensor = choose("battery", tmp_path)
    assert sensor is not None
    with Sampler(replace(sensor, poll_s=0.01)) as sampler, pytest.raises(InputError) as caught:
        sampler.find_change_s(0.3)
    assert caught.value.code == "MEASURE_SENSOR_STILL"
    begin = time.monotonic()

    def watts() -> float:
        spent_s = time.monotonic() - begin
        if 0.2 < spent_s < 0.25:  # while the pace is looked for, a jump only delays that
            raise InputError("MEASURE_SENSOR_JUMPED", "Jumped for the test.")
        return 7.0 + int(spent_s / 0.1) % 2

    renewed = replace(sensor, poll_s=0.01, open=lambda: sensor_module.Integrated(watts))
    monkeypatch.setattr(trace, "WATCHED_S", 0.6)
    with Sampler(renewed) as sampler:
        assert sampler.find_change_s(5.0) == pytest.approx(0.1, rel=0.4)
    assert energy.how_many(0.02, 120.0) == energy.MOST_KERNELS
    assert energy.how_many(0.2, 120.0) == 17, "stretches of 1.6 s: a slow sensor keeps to the two minutes"
    assert energy.how_many(1.0, 120.0) == 0
    (battery / "status").write_text("Full\n")
    with pytest.raises(InputError) as full:
        choose("battery", tmp_path)
    assert full.value.code == "MEASURE_ON_CHARGER"


def test_a_battery_on_its_charger_sees_nothing(tmp_path: Path) -> None:
    battery = _write(
        tmp_path / "class/power_supply/BAT0", type="Battery", status="Charging",
        current_now=1_500_000, voltage_now=12_000_000,
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        choose("battery", tmp_path)
    assert caught.value.code == "MEASURE_ON_CHARGER"
    (battery / "status").write_text("Discharging\n")
    sensor = choose("auto", tmp_path)
    assert sensor is not None
    assert sensor.scope == "whole-device"
    meter = sensor.open()
    (battery / "status").write_text("Charging\n")
    with pytest.raises(InputError) as plugged:
        meter.joules()
    assert plugged.value.code == "MEASURE_ON_CHARGER"


def test_the_power_chip_of_a_raspberry_pi_5_is_the_sum_of_its_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ("VDD_CORE_A current(7)=2.0A", "3V3_SYS_A current(1)=0.5A", "VDD_CORE_V volt(15)=0.9V",
             "3V3_SYS_V volt(9)=3.3V", "EXT5V_V volt(24)=5.1V")  # fmt: skip
    text = "".join(f"  {line}\\n" for line in lines)
    assert power_of(text.replace("\\n", "\n")) == pytest.approx(2.0 * 0.9 + 0.5 * 3.3)
    command = tmp_path / "vcgencmd"
    command.write_text(f"#!/bin/sh\nprintf '{text}'\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    [sensor] = pmic.pmic_sensors()
    assert (sensor.kind, sensor.problem) == ("pmic", None)
    command.write_text("#!/bin/sh\necho 'Command not registered'\n")
    [barred] = pmic.pmic_sensors()
    assert barred.code == "MEASURE_NO_RIGHT"


def test_an_apple_chip_is_read_through_zeus(monkeypatch: pytest.MonkeyPatch) -> None:
    class Soc:
        reading = 1000

        def get_available_metrics(self) -> set[str]:
            return {"cpu_total_mj", "gpu_mj"}

        def get_total_energy_consumption(self) -> types.SimpleNamespace:
            Soc.reading += 500
            return types.SimpleNamespace(cpu_total_mj=Soc.reading, gpu_mj=None, dram_mj=10, ane_mj=0)

    device = types.ModuleType("zeus.device")
    soc = types.ModuleType("zeus.device.soc")
    soc.get_soc = Soc  # type: ignore[attr-defined]
    for name, module in {
        "zeus": types.ModuleType("zeus"),
        "zeus.device": device,
        "zeus.device.soc": soc,
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(zeus_meter.importlib.util, "find_spec", lambda _: object())
    [sensor] = zeus_meter.zeus_sensors()  # there is no graphics processor: that module is not there
    assert sensor.kind == "zeus-soc"
    assert sensor.open().joules() == pytest.approx(0.5)


def test_power_is_taken_between_changes_of_the_value() -> None:
    moments = np.arange(0.0, 10.0, 0.02)
    joules = np.floor(7.0 * moments)  # 7 W in steps of 1 J
    assert mean_watts(moments, joules) == pytest.approx(7.0, rel=0.01)
    assert mean_watts(moments[:10], joules[:10]) is None, f"fewer than {FEWEST_CHANGES} changes"


def test_the_command_lists_sensors_and_what_they_do_not_see(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_tree(tmp_path)
    assert main(["measure", "sensors", "--sysfs", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "rapl: RAPL package-0" in shown
    assert "usable: yes" in shown
    assert main(["measure", "sensors", "--sysfs", str(tmp_path / "empty")]) == 0
    assert "--sensor external" in capsys.readouterr().out
