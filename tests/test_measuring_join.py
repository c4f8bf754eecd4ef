"""A meter on the cable: its recording is placed by the sync pattern, whatever its clock says."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.tracing import Recording
from predictors.cli.main import main
from predictors.energy.calibrated.own_devices import read_device_files
from predictors.errors import InputError
from predictors.measuring.estimating import IDLE, Stretch, network_energy
from predictors.measuring.record import Record, record_path, save
from predictors.measuring.run import NOT_ALL, join_recording
from predictors.measuring.sync import BURSTS_S, RUN_S, SYNC, joined

IDLE_W, LEVELS = 5.0, {SYNC: 9.0, "mobilenet-v1": 8.0, "mobilenet-v2": 7.0, IDLE: 5.0}
LOG_ORIGIN_S = 40_000.0


def _stretches(rounds: int = 3, seconds: float = 4.0, run: int = 0) -> list[Stretch]:
    """What `--sensor external` writes: the bursts, then idle and two networks in turn; a run takes 90 s."""
    found, now = [], LOG_ORIGIN_S + 90.0 * run
    for number, (pause_s, length_s) in enumerate(BURSTS_S):
        now += pause_s + (RUN_S * run if number == 1 else 0.0)
        found.append(Stretch(SYNC, 0, now + 0.5 * length_s, length_s))
        now += length_s
    now += 3.0
    for number in range(rounds):
        for network in (IDLE, "mobilenet-v1", "mobilenet-v2"):
            count = 0 if network == IDLE else 100
            found.append(
                Stretch(
                    network, number, now + 0.5 * seconds, seconds, n=count, latencies_ms=(40.0,) * bool(count)
                )
            )
            now += seconds + (0.0 if network == IDLE else 0.7)
    found.append(Stretch(IDLE, rounds, now + 0.5 * seconds, seconds))
    return [replace(each, run=run) for each in found]


def _recorded(
    stretches: Sequence[Stretch], rate_hz: float, clock_s: float, noise_w: float = 0.2
) -> Recording:
    """What a meter shows of them: it starts 8 s earlier, on a clock of its own."""
    begin, end = stretches[0].middle_s - 10.75, stretches[-1].middle_s + 10.0
    moments = np.arange(begin, end, 1.0 / rate_hz)
    power = np.full(len(moments), IDLE_W)
    for each in stretches:
        inside = np.abs(moments - each.middle_s) < 0.5 * each.seconds
        power[inside] = LEVELS[each.network]
    power += 0.2 * np.random.default_rng(1).standard_normal(len(power))
    return Recording.of(moments - begin, power, origin_s=clock_s)


@pytest.mark.parametrize("rate_hz", [2.0, 10.0, 1000.0])
@pytest.mark.parametrize("clock_s", [0.0, 1.7e9])
def test_a_recording_is_placed_whatever_its_clock(rate_hz: float, clock_s: float) -> None:
    stretches = _stretches()
    found = joined(stretches, _recorded(stretches, rate_hz, clock_s))
    for network, level in (("mobilenet-v1", 8.0), ("mobilenet-v2", 7.0)):
        energy = network_energy(found, network)
        assert energy is not None
        assert energy.above_idle_mj == pytest.approx(1e3 * (level - IDLE_W) * 0.04, rel=0.1)
        assert energy.idle_power_w == pytest.approx(IDLE_W, rel=0.05)


def _code(stretches: Sequence[Stretch], recording: Recording) -> str:
    with pytest.raises(InputError) as caught:
        joined(stretches, recording)
    return caught.value.code


def test_a_recording_without_the_pattern_is_told() -> None:
    stretches = _stretches()
    quiet = Recording.of(np.arange(0.0, 80.0, 0.1), 5.0 + 0.1 * np.random.default_rng(2).standard_normal(800))
    assert _code(stretches, quiet) == "MEASURE_SYNC"


def test_a_recording_with_the_pattern_twice_is_told() -> None:
    stretches = _stretches()
    moments, power = _recorded(stretches, 10.0, 0.0).arrays()
    twice = Recording.of(np.concatenate([moments, moments[-1] + 0.1 + moments]), np.tile(power, 2))
    assert _code(stretches, twice) == "MEASURE_SYNC"


def test_a_recording_that_begins_after_the_bursts_is_told() -> None:
    stretches = _stretches()
    moments, power = _recorded(stretches, 10.0, 0.0).arrays()
    late = moments > 20.0
    assert _code(stretches, Recording.of(moments[late], power[late])) == "MEASURE_SYNC"


@pytest.mark.parametrize("rate_hz", [0.5, 1.0])
def test_a_recording_that_is_too_slow_is_told_its_rate(rate_hz: float) -> None:
    first = _stretches()
    for log in (first, [*first, *_stretches(run=1)]):
        with pytest.raises(InputError) as caught:
            joined(log, _recorded(first, rate_hz, 0.0))
        assert caught.value.code == "MEASURE_SYNC" and f"{rate_hz:.2g} samples a second" in str(caught.value)


def test_a_log_without_bursts_is_told() -> None:
    stretches = [each for each in _stretches() if each.network != SYNC]
    assert _code(stretches, _recorded(stretches, 10.0, 0.0)) == "MEASURE_SYNC"


def test_each_run_of_a_resumed_measuring_may_have_its_recording(tmp_path: Path) -> None:
    runs = _stretches(), _stretches(run=1)
    both = [*runs[0], *runs[1]]
    assert all(each.watts for each in joined(both, _recorded(both, 10.0, 0.0)))
    log = record_path(tmp_path, "my-box")
    settings = {"name": "My box", "scope": "latency-only", "meter": "", "runtime": "onnxruntime-cpu",
                "software": "", "threads": 1, "seconds": 12.0, "rounds": 3, "governor": ""}  # fmt: skip
    save(Record(settings, both), log)
    for number, run in enumerate(runs):
        moments, power = _recorded(run, 10.0, 0.0).arrays()
        lines = [f"{at:.3f},{watts:.4f}" for at, watts in zip(moments, power, strict=True)]
        recording = tmp_path / f"meter-{number}.csv"
        recording.write_text("\n".join(["time_s,power_w", *lines]) + "\n")
        outcome = join_recording(recording, log, "board-wall", "")
        assert {each.run for each in outcome.record.stretches if each.watts} == set(range(number + 1))
        assert (NOT_ALL in outcome.record.notes) == (number == 0)
    assert outcome.device.meter == "meter-0.csv, meter-1.csv"
    with pytest.raises(InputError) as caught:
        join_recording(recording, log, "board-input", "")
    assert caught.value.code == "OPTION_VALUE", "two scopes make no device"


def test_the_command_completes_the_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stretches = _stretches()
    settings = {"name": "My box", "scope": "latency-only", "meter": "", "runtime": "onnxruntime-cpu",
                "software": "", "threads": 1, "seconds": 12.0, "rounds": 3, "governor": ""}  # fmt: skip
    log = record_path(tmp_path, "my-box")
    save(Record(settings, [replace(each, watts=None) for each in stretches]), log)
    moments, power = _recorded(stretches, 10.0, 0.0).arrays()
    lines = ["time_s,power_w", *(f"{at:.3f},{watts:.4f}" for at, watts in zip(moments, power, strict=True))]
    (tmp_path / "meter.csv").write_text("\n".join(lines) + "\n")
    arguments = ["measure", "join", str(tmp_path / "meter.csv"), "--log", str(log), "--meter", "socket meter"]
    assert main(arguments) == 0
    device = read_device_files(tmp_path / "my-box.toml")
    assert (device.scope, device.meter) == ("board-wall", "socket meter")
    assert [row.model for row in device.rows] == ["mobilenet-v1", "mobilenet-v2"]
    assert device.rows[0].energy_mj == pytest.approx(320.0, rel=0.05)
    assert main(["measure", "join", str(tmp_path / "none.csv"), "--log", str(log)]) == 2
    assert "INPUT_FILE" in capsys.readouterr().err
    os.mkfifo(tmp_path / "pipe.csv")
    assert main(["measure", "join", str(tmp_path / "pipe.csv"), "--log", str(log)]) == 2, "waits for nobody"
    assert "INPUT_FILE" in capsys.readouterr().err
    assert main(["measure", "join", str(tmp_path / "meter.csv"), "--log", str(tmp_path / "none.json")]) == 2
    assert "MEASURE_RESUME" in capsys.readouterr().err


def _profile_and_recording(folder: Path) -> tuple[Path, Path]:
    """Thirty inferences of 0.3 s with pauses of all lengths: 4 W idle, 7 W in conv, 9 W in the rest."""
    events, begin = [], 10.0
    moments = np.arange(0.0, 40.0, 0.01)
    power = np.full(len(moments), 4.0)
    for run in range(30):
        for name, operator, low, high, watts in (
            ("conv", "Conv", 0.0, 0.2, 7.0),
            ("fc", "Gemm", 0.2, 0.3, 9.0),
        ):
            events.append({"cat": "Node", "name": f"{name}_kernel_time", "ts": (begin + low) * 1e6,
                           "dur": (high - low) * 1e6, "args": {"op_name": operator}})  # fmt: skip
            power[(moments >= begin - 5.0 + low) & (moments < begin - 5.0 + high)] = watts
        events.append({"cat": "Session", "name": "model_run", "ts": begin * 1e6, "dur": 0.3e6})
        begin += 0.3 + 0.1 * (1 + run * 7 % 11)
    log, recording = folder / "ort.json", folder / "meter.csv"
    log.write_text(json.dumps(events))
    lines = [f"{at:.3f},{watts:.3f}" for at, watts in zip(moments, power, strict=True)]
    recording.write_text("\n".join(["time_s,power_w", *lines]) + "\n")
    return log, recording


@pytest.mark.slow
def test_a_profile_of_onnx_runtime_is_joined_layer_by_layer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, recording = _profile_and_recording(tmp_path)
    asked = ["measure", "join", str(recording), "--log", str(log)]
    assert main(asked) == 2
    assert capsys.readouterr().err.startswith("OPTION_VALUE")
    named = ["--name", "My board", "--network", "mobilenet-v1"]
    assert main([*asked, *named]) == 0
    out = capsys.readouterr().out
    device = read_device_files(tmp_path / "my-board.toml")
    [row] = device.rows
    assert (device.scope, device.runtime, row.model) == ("board-wall", "onnxruntime", "mobilenet-v1")
    assert row.energy_mj == pytest.approx(2300.0, rel=0.03)  # 7 W for 0.2 s and 9 W for 0.1 s
    assert row.energy_above_idle_mj == pytest.approx(1100.0, rel=0.05)
    assert row.latency_ms == pytest.approx(300.0, rel=0.01)
    assert row.amounts
    shares = {words[0]: (float(words[2]), words[4]) for words in map(str.split, out.splitlines()[1:3])}
    assert shares["conv"] == (pytest.approx(1400.0, rel=0.05), "measured")
    assert shares["fc"] == (pytest.approx(900.0, rel=0.05), "measured")
    recording.write_text("time_s,power_w\n" + "".join(f"{at / 10:.1f},4.{at % 3}\n" for at in range(400)))
    assert main([*asked, *named]) == 2
    assert capsys.readouterr().err.startswith("MEASURE_SYNC")


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ['[{"count": 30}, {"name": "conv", "averageMs": 2.0}]',
     "Run Order\n\t[node type]\t[avg ms]\t[times called]\t[name]\n\tCONV_2D\t2.0\t1\t[conv]\n"],
)  # fmt: skip
def test_a_log_that_does_not_say_when_names_what_is_needed(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, recording = _profile_and_recording(tmp_path)
    (tmp_path / "log.txt").write_text(text)
    asked = ["measure", "join", str(recording), "--log", str(tmp_path / "log.txt")]
    assert main([*asked, "--name", "My board", "--network", "mobilenet-v1"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("MEASURE_SYNC")
    assert "--sensor external" in error
