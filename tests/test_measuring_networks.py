"""`measure networks`: figures against a meter of stated truth, and what stays when something goes wrong."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from data.messages import Message
from predictors.cli.main import main
from predictors.energy.calibrated.own_devices import read_device_files
from predictors.errors import InputError
from predictors.measuring import machine, networks, rounds
from predictors.measuring.device import device_of, row_of
from predictors.measuring.estimating import IDLE, Stretch, drift, network_energy, network_latency
from predictors.measuring.networks import Asked, Running, asked_networks, file_of
from predictors.measuring.record import Record, load, record_path, resumed, save
from predictors.samples import REFERENCE_DNNS, SAMPLES, board_network, sample_bytes
from predictors.samples.random_weights import with_random_weights
from simulated_meter import Truth, running_meter, simulated_stretches

TRIALS = 200
"""Per meter: the share of trials within their own range is then known to 3 % (one standard deviation). Over
1,000 trials it is 75 to 81 %, so a meter that leaves 70 to 90 % is a change and no chance."""


@pytest.fixture(autouse=True)
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short idle, and no further rounds for the sake of a busy machine."""
    monkeypatch.setattr(rounds, "IDLE_S", 0.3)
    monkeypatch.setattr(rounds, "MORE_ROUNDS", 1)


METERS = (
    Truth(),
    Truth(step_j=1.0, rate_hz=1.0),
    Truth(step_j=1.0, rate_hz=1000.0),
    Truth(step_j=0.1, rate_hz=10.0, noise=0.02),
    Truth(step_j=61e-6, rate_hz=1000.0),
    Truth(idle_w=1.0, cpu_w=3.0, step_j=1.0, rate_hz=1.0),
)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(METERS)))
def test_the_range_holds_the_truth_in_eight_of_ten_trials(number: int) -> None:
    truth, held, errors = METERS[number], 0, []
    for trial in range(TRIALS):
        found = network_energy(simulated_stretches(truth, 1000 * number + trial), "net")
        assert found is not None
        true_mj = 1e3 * truth.cpu_w * 0.03
        held += found.low_mj <= true_mj <= found.high_mj
        errors.append(abs(found.above_idle_mj / true_mj - 1.0))
    assert 0.70 <= held / TRIALS <= 0.90
    assert max(errors) <= 0.05


def _stretch(network: str, number: int, middle_s: float, watts: float, n: int = 10) -> Stretch:
    return Stretch(network, number, middle_s, 1.0, watts=watts, n=n)


def test_energy_by_hand() -> None:
    stretches = [_stretch(IDLE, 0, 0.5, 2.0, 0), _stretch("a", 0, 1.5, 5.0), _stretch(IDLE, 0, 2.5, 2.0, 0),
                 _stretch("a", 1, 3.5, 5.0)]  # fmt: skip
    found = network_energy(stretches, "a")
    assert found is not None
    assert found.energy_mj == pytest.approx(500.0)  # 5 W for 0.1 s
    assert found.above_idle_mj == pytest.approx(300.0)
    assert (found.low_mj, found.high_mj) == (pytest.approx(300.0), pytest.approx(300.0))
    assert found.idle_power_w == pytest.approx(2.0)
    assert network_energy(stretches[:3], "a") is None, "one round has no scatter"


def test_power_that_drifts_is_taken_out() -> None:
    levels = [(0, IDLE, 2.0), (1, "a", 5.0), (2, "b", 7.0)]
    moments = [(number, 4.0 * number + at, name, level) for number in range(4) for at, name, level in levels]
    stretches = [_stretch(name, number, when, level + 0.1 * when) for number, when, name, level in moments]
    assert drift(stretches) == pytest.approx(0.1)
    found = network_energy(stretches, "b")
    assert found is not None
    assert found.above_idle_mj == pytest.approx(500.0)
    assert found.error_percent == pytest.approx(0.0, abs=1e-6)


def test_latency_quantiles_weigh_stretches_by_their_inferences() -> None:
    quick = Stretch("a", 0, 0.0, 1.0, n=300, latencies_ms=(1.0, 1.0, 1.0))
    slow = Stretch("a", 1, 0.0, 1.0, n=100, latencies_ms=(2.0,))
    found = network_latency([quick, slow], "a")
    assert found is not None
    assert (found.p50_ms, found.p90_ms, found.n) == (1.0, 2.0, 400)


def test_waiting_for_a_core_is_not_the_networks_time() -> None:
    busy = Stretch("a", 0, 0.0, 1.0, n=2, latencies_ms=(5.0, 5.0), thread_ms=(3.0, 3.0), other_load=0.8)
    found = network_latency([busy], "a")
    assert found is not None
    assert (found.p50_ms, found.by_thread) == (3.0, True)


def test_random_weights_take_the_place_of_zeros_and_the_network_runs() -> None:
    import onnx

    content = with_random_weights(sample_bytes("conv-actions"))
    model = onnx.load_model_from_string(content)
    assert all(node.op_type != "ConstantOfShape" for node in model.graph.node)
    largest = max(model.graph.initializer, key=lambda each: int(np.prod(each.dims)))
    values = onnx.numpy_helper.to_array(largest)
    assert np.std(values) > 0.0
    assert np.isfinite(values).all()
    assert with_random_weights(content) == content, "weights that are there stay"


@pytest.mark.parametrize("asked", [Asked("conv-actions"), Asked("mobilenet-v2-0.35-96", "int8")])
def test_networks_run_on_the_runtime(asked: Asked) -> None:
    running = Running(asked, file_of(asked), 1)
    loop = running.loop(0.05)
    assert loop.n >= 3
    assert loop.seconds >= 0.05
    assert all(each > 0.0 for each in loop.latencies_ms)


@pytest.mark.parametrize("per_channel", [False, True])
def test_int8_networks_run_in_integers_and_it_is_said(per_channel: bool) -> None:
    name = "efficientnet-int8-lite0" if per_channel else "mobilenet-v2-0.35-96"
    running = Running(Asked(name, "int8"), with_random_weights(board_network(name, "int8")), 1)
    assert running.note is not None
    layers = 50 if per_channel else 53
    assert (running.note.values["integer"], running.note.values["layers"]) == (layers, layers)
    assert Running(Asked("conv-actions"), file_of(Asked("conv-actions")), 1).note is None


def test_groups_and_names_of_networks() -> None:
    assert len(asked_networks("three")) == 3
    assert {each.key for each in asked_networks("reference")} >= {"mobilebert", "mobilenet-v1:int8"}
    assert len(asked_networks("reference")) == len(REFERENCE_DNNS)
    assert len(asked_networks("samples")) == len(SAMPLES)
    assert asked_networks("mobilenet-v1:int8,own.onnx") == [Asked("mobilenet-v1", "int8"), Asked("own.onnx")]
    for wrong in ("", "mobilenet-v9"):
        with pytest.raises(InputError) as caught:
            asked_networks(wrong)
        assert caught.value.code == "OPTION_VALUE"


def _arguments(out: Path, sysfs: Path, *more: str) -> list[str]:
    usual = {"--networks": "mobilenet-v2-0.35-96,conv-actions", "--seconds": "0.5", "--rounds": "3",
             "--name": "My box", "--out": str(out), "--sysfs": str(sysfs)}  # fmt: skip
    given = [part for pair in usual.items() if pair[0] not in more for part in pair]
    return ["measure", "networks", *given, *more]


@pytest.mark.slow
def test_a_real_run_finds_the_truth_of_its_meter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches of two seconds, as by default: the meter is a process that has to wait for a core, too."""
    monkeypatch.setattr(rounds, "IDLE_S", 0.8)
    truth = Truth(idle_w=3.0, cpu_w=8.0, step_j=1e-3, rate_hz=200.0, noise=0.01, range_j=60.0)
    with running_meter(tmp_path / "sys", truth):
        asked = ("--seconds", "6", "--networks", "mobilenet-v2-0.35-96")
        assert main(_arguments(tmp_path, tmp_path / "sys", *asked)) == 0
    device = read_device_files(tmp_path / "my-box.toml")
    assert (device.scope, device.meter, device.threads) == ("package", "RAPL package-0", 1)
    assert device.idle_power_w == pytest.approx(3.0, rel=0.1)
    stretches = load(record_path(tmp_path, "my-box")).stretches
    for row in device.rows:
        own = [each for each in stretches if each.network == row.model]
        # The network's thread alone: reading the sensor takes processor time too, while idle as well.
        true_mj = truth.cpu_w * float(np.mean([np.mean(each.thread_ms) for each in own]))
        # 5 % where the network has a core to itself; the less of one it gets, the more power is idle's.
        share = min(1.0, float(np.mean([each.cpu_s / each.seconds for each in own])))
        assert row.energy_above_idle_mj == pytest.approx(true_mj, rel=0.05 / share)
        assert row.n == sum(each.n for each in own)
        assert row.amounts


@pytest.mark.slow
def test_without_a_sensor_there_are_latencies_and_a_remark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_arguments(tmp_path, tmp_path / "sys")) == 0
    assert "only latencies were measured" in capsys.readouterr().out
    device = read_device_files(tmp_path / "my-box.toml")
    assert device.scope == "latency-only"
    assert [row.energy_mj for row in device.rows] == [None, None]
    assert all(row.latency_ms for row in device.rows)


def _after(
    calls: int, failure: BaseException, real: Callable[..., networks.Loop]
) -> Callable[..., networks.Loop]:
    left = iter(range(calls))

    def loop(self: Running, seconds: float, fewest: int = 3) -> networks.Loop:
        if next(left, None) is None:
            raise failure
        return real(self, seconds, fewest)

    return loop


@pytest.mark.slow
def test_an_interrupted_run_keeps_what_is_complete_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Running, "loop", _after(3, KeyboardInterrupt(), Running.loop))
        assert main(_arguments(tmp_path, tmp_path / "sys")) == 2
    assert "--resume goes on" in capsys.readouterr().err
    assert len(read_device_files(tmp_path / "my-box.toml").rows) == 2
    before = load(record_path(tmp_path, "my-box")).stretches
    assert len(before) == 3
    assert main(_arguments(tmp_path, tmp_path / "sys", "--resume")) == 0
    after = load(record_path(tmp_path, "my-box")).stretches
    assert after[:3] == before
    assert len(after) >= 6


def test_a_disk_that_fills_up_keeps_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = iter(range(100))

    def full(_number: int) -> None:
        if next(calls) >= 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert main(_arguments(tmp_path, tmp_path / "sys")) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("MEASURE_FILE")
    before = load(record_path(tmp_path, "my-box")).stretches
    assert len(before) == 2
    assert not list(tmp_path.glob("*.part"))
    assert main(_arguments(tmp_path, tmp_path / "sys", "--resume")) == 0
    assert load(record_path(tmp_path, "my-box")).stretches[:2] == before


def test_nothing_complete_is_no_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Running, "loop", _after(0, KeyboardInterrupt(), Running.loop))
    assert main(_arguments(tmp_path, tmp_path / "sys")) == 2
    assert not (tmp_path / "my-box.toml").exists()


@pytest.mark.slow
def test_resuming_with_another_way_of_measuring_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_arguments(tmp_path, tmp_path / "sys", "--resume")) == 2
    assert capsys.readouterr().err.startswith("MEASURE_RESUME")
    assert main(_arguments(tmp_path, tmp_path / "sys")) == 0
    capsys.readouterr()
    assert main(_arguments(tmp_path, tmp_path / "sys", "--resume", "--threads", "2")) == 2
    assert capsys.readouterr().err.startswith("MEASURE_RESUME")


def test_going_on_tries_again_what_was_refused_and_keeps_to_one_runtime(tmp_path: Path) -> None:
    path, why = record_path(tmp_path, "my-box"), Message("ONNX Runtime does not run it.")
    settings = {"sensor": "none", "threads": 1, "runtime": "onnxruntime-cpu", "scope": "latency-only",
                "meter": "", "software": "onnxruntime 1.32.0, Linux 6.1"}  # fmt: skip
    save(Record(settings, notes=[why, Message("Other.")], refused={"odd.onnx": why}), path)
    again = resumed(path, settings | {"software": "onnxruntime 1.32.0, Linux 6.8"})
    assert (again.refused, again.notes) == ({}, ["Other."])
    with pytest.raises(InputError) as caught:
        resumed(path, settings | {"software": "onnxruntime 1.33.0, Linux 6.1"})
    assert caught.value.code == "MEASURE_RESUME"
    # A file of one's own stands under its name, which no other network has, and not under its path.
    files = [f"{tmp_path}/{each}.onnx" for each in ("my-net", "mobilenet-v2", "sub/my-net")]
    stretches = [Stretch(name, 0, 0.0, 1.0, n=1, latencies_ms=(5.0,)) for name in (*files, "mobilenet-v2")]
    record = Record(settings | {"seconds": 2.0, "rounds": 2}, stretches)
    names = [row.model for row in device_of(record, "My box").rows]
    assert names == ["my-net", "mobilenet-v2-2", "my-net-2", "mobilenet-v2"]


@pytest.mark.slow
def test_a_sensor_that_goes_in_between_ends_the_run_and_keeps_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_meter(tmp_path / "sys", Truth()) as counter:
        real, calls = Running.loop, iter(range(10))

        def loop(self: Running, seconds: float, fewest: int = 3) -> networks.Loop:
            if next(calls) == 3:
                counter.with_name("max_energy_range_uj").unlink()
                while not counter.is_dir():  # the meter may write it again in between, then no more
                    with suppress(FileExistsError):
                        counter.unlink()
                        counter.mkdir()
            return real(self, seconds, fewest)

        monkeypatch.setattr(Running, "loop", loop)
        assert main(_arguments(tmp_path, tmp_path / "sys")) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("MEASURE_SENSOR_GONE")
    assert len(read_device_files(tmp_path / "my-box.toml").rows) == 2


@pytest.mark.slow
def test_a_network_that_the_runtime_refuses_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import onnx

    model = onnx.load_model_from_string(sample_bytes("conv-actions"))
    model.graph.node[-1].op_type = "NoSuchOperator"
    (tmp_path / "odd.onnx").write_bytes(model.SerializeToString())
    arguments = _arguments(tmp_path, tmp_path / "sys")
    arguments[3] = f"{tmp_path / 'odd.onnx'},conv-actions"
    assert main(arguments) == 0
    assert "ONNX Runtime does not run" in capsys.readouterr().out
    assert [row.model for row in read_device_files(tmp_path / "my-box.toml").rows] == ["conv-actions"]


def test_where_every_network_is_refused_it_is_said_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd.onnx").write_bytes(b"no network" * 100)
    for missing in ("odd.onnx", "none.onnx"):
        arguments = _arguments(tmp_path, tmp_path / "sys")
        arguments[3] = str(tmp_path / missing)
        assert main(arguments) == 2
        assert capsys.readouterr().err.splitlines()[-1].startswith("MEASURE_NOTHING")


def test_a_folder_that_cannot_be_written_is_told_before_measuring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Running, "loop", _after(0, AssertionError("nothing is measured"), Running.loop))
    (tmp_path / "file").write_text("")
    assert main(_arguments(tmp_path / "file", tmp_path / "sys")) == 2
    assert capsys.readouterr().err.startswith("MEASURE_FILE")


def test_sleep_and_other_load_are_noticed() -> None:
    first = machine.Moment(10.0, 100.0, 50.0, 5.0, 2000.0, None)
    later = machine.Moment(12.0, 102.0, 53.0, 6.5, 2000.0, None)
    assert machine.other_load(first, later) == pytest.approx(0.75)  # 3 s busy, 1.5 of them ours, in 2 s
    assert not machine.slept(first, later)
    assert machine.slept(first, machine.Moment(12.0, 400.0, 53.0, 6.5, 2000.0, None))


@pytest.mark.parametrize("option", [("--rounds", "1"), ("--seconds", "0"), ("--threads", "0")])
def test_numbers_out_of_range_are_told(
    option: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_arguments(tmp_path, tmp_path, *option)) == 2
    assert capsys.readouterr().err.startswith("OPTION_VALUE")


def test_a_table_that_is_no_devices_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording, measured = tmp_path / "my-box.csv", tmp_path / "measured.csv"
    recording.write_text("time,power_w\n0,5\n", encoding="utf-8")
    measured.write_text("model,precision,energy_mj\nmobilenet-v2,fp32,90\n", encoding="utf-8")
    calibrate = ["calibrate", str(measured), "--name", "My box", "--out", str(tmp_path)]
    for arguments in (_arguments(tmp_path, tmp_path / "sys"), calibrate):
        assert main(arguments) == 2
        assert capsys.readouterr().err.splitlines()[-1].startswith("DEVICE_FILE_ID")
    assert recording.read_text(encoding="utf-8") == "time,power_w\n0,5\n"


def test_energy_and_latency_of_a_busy_machine_are_of_the_same_time() -> None:
    """Half of the wall time went by waiting: 2 W idle and 3 W more while the network had its core."""
    alone = {"n": 10, "latencies_ms": (100.0,), "thread_ms": (50.0,), "other_load": 0.9}
    stretches = [Stretch("a", number, 2.0 * number, 1.0, watts=3.5, **alone) for number in range(2)]
    stretches += [Stretch(IDLE, number, 2.0 * number + 1.0, 1.0, watts=2.0) for number in range(2)]
    row = row_of(Record({}, stretches), "a")
    assert row is not None
    assert row.latency_ms == pytest.approx(50.0)
    assert row.energy_above_idle_mj == pytest.approx(150.0)
    assert row.energy_mj == pytest.approx(250.0)
    assert row.avg_power_w == pytest.approx(5.0)


def test_a_stretch_that_a_jump_or_a_slow_sensor_spoilt_is_measured_again() -> None:
    failures = iter(["MEASURE_SENSOR_JUMPED", "MEASURE_SENSOR_STILL"])
    record = Record({})
    measuring = rounds.Measuring(rounds.Plan((), 2.0, 2, 1), None, record, lambda _: None)

    def watts(_start: float, _end: float) -> tuple[float, float]:
        code = next(failures, None)
        if code:
            raise InputError(code, "Spoilt for the test.")
        return 5.0, 0.0

    measuring._watts = watts  # type: ignore[method-assign]
    before = measuring._stretch_s
    measuring._stretch("a", 0, lambda: Stretch("a", 0, 0.0, 0.1, n=1))
    assert [each.watts for each in record.stretches] == [5.0]
    assert measuring._stretch_s == pytest.approx(2.0 * before)
    assert len(record.notes) == 1
