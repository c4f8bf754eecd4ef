"""Kernels of one's own: profiled node by node, fitted, and a device that predicts kernel by kernel."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.paths import ROOT
from app.your_device.measuring_job import Job, KernelProgress
from predictors.cli.main import main
from predictors.energy.calibrated import own_devices, own_folder
from predictors.energy.calibrated.checked import resolved
from predictors.energy.calibrated.device_file import OwnDevice, written
from predictors.energy.calibrated.device_rows import MeasuredNetwork
from predictors.energy.calibrated.own_devices import own_predictor, own_target, own_targets, read_device_files
from predictors.energy.own_kernels.files import (
    FitTables,
    KernelFit,
    fit_json,
    kernel_paths,
    kernels_csv,
    power_path,
    read_fit,
    read_kernels,
)
from predictors.energy.own_kernels.fitted import fitted_kernels
from predictors.energy.own_kernels.latency import estimate_latency
from predictors.energy.own_kernels.models import MeasuredKernel, OwnKernels
from predictors.energy.own_kernels.power import LoopedKernel, power_csv, read_power
from predictors.energy.own_kernels.predictor import OwnKernelPredictor
from predictors.errors import InputError
from predictors.fusing import fuse
from predictors.fusing.network import Network
from predictors.measuring import rounds
from predictors.measuring.kernels import energy
from predictors.measuring.kernels.profiling import RUNTIME, profile, without_waiting
from predictors.measuring.kernels.sampling import Drawn, drawn_networks
from predictors.measuring.record import Record
from predictors.measuring.sensors.found import choose
from predictors.model.kernels import Kernel, KernelKind
from predictors.reading import read_model
from predictors.results.estimates import Evidence
from predictors.samples import board_network, sample_bytes, sample_variants
from predictors.training.own_kernels import FEWEST_NETWORKS, fit_kernels, fit_power
from simulated_meter import Truth, running_meter

FAMILIES = ("mobilenet-v2", "mobilenet-v1", "proxylessnas-mobile")


def _law_ms(row: MeasuredKernel) -> float:
    """A machine of stated truth: 20 GMAC/s, 5 G elements/s, 3 us per kernel."""
    kernel = row.kernel
    moved = kernel.input_elements + kernel.output_elements + kernel.params
    return kernel.macs / 20e6 + moved / 5e6 + 0.003


@pytest.fixture(scope="module")
def fit(rows: list[MeasuredKernel]) -> KernelFit:
    return fit_kernels(rows)


@pytest.fixture(scope="module")
def rows() -> list[MeasuredKernel]:
    found = []
    for family in FAMILIES:
        for variant in sample_variants(family, 3, 5):
            kernels = fuse(read_model(variant.build()), RUNTIME).kernels
            times = [_law_ms(MeasuredKernel(kernel, 1.0, "")) for kernel in kernels]
            network_ms = _network_ms(times)
            found += [
                MeasuredKernel(*pair, variant.id, network_ms) for pair in zip(kernels, times, strict=True)
            ]
    return found


def _network_ms(times: list[float]) -> float:
    """What the network takes without the profiler: a tenth less in its kernels, and 2 us for each."""
    return 0.9 * sum(times) + 0.002 * len(times)


@pytest.mark.slow
def test_networks_that_were_left_out_are_predicted(fit: KernelFit) -> None:
    assert fit.networks == 9
    assert fit.worst_percent < 8.0
    assert fit.error_percent < 4.0


def test_fit_and_kernels_survive_their_files(rows: list[MeasuredKernel], fit: KernelFit) -> None:
    again, settings = read_kernels(kernels_csv(rows)), fit.settings
    kernels = fuse(read_model(sample_bytes("mobilenet-v2")), RUNTIME).kernels
    first, second = (OwnKernels(each, settings).predict(kernels) for each in (rows, again))
    assert second.mean == pytest.approx(first.mean, rel=1e-3, abs=1e-3)
    tables = FitTables(kernels_csv(rows))
    assert read_fit(fit_json(fit, tables)) == (fit, tables)
    assert (fit.pace, fit.node_ms) == (pytest.approx(0.9), pytest.approx(0.002))
    # A number that is damaged is told of the file, not by the model that is made of it later.
    content = json.loads(fit_json(fit, tables))
    one = next(iter(content["settings"].values()))
    terms = [one["terms"][0] | wrong for wrong in ({"nu": 3.0}, {"length_scales": []}, {"variance": -1.0})]
    settings_of = [content | {"settings": {"fc": one | {"terms": [term]}}} for term in terms]
    numbers = [{"networks": math.inf}, {"networks": 10**400}, {"pace": math.nan}, {"node_ms": 10**400}]
    for damaged in (*(content | number for number in numbers), *settings_of):
        with pytest.raises(InputError) as caught:
            read_fit(json.dumps(damaged))
        assert caught.value.code == "DEVICE_FILE_DAMAGED"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "DAMAGED"), ("{}", "DAMAGED"), ('{"version": 2}', "DAMAGED"), ('{"version": []}', "DAMAGED"),
        ('{"version": 3, "settings": {"fc": {}}}', "DAMAGED"),
        ('{"version": 1e999}', "DAMAGED"), ('{"version": NaN}', "DAMAGED"),
        ('{"version": 1, "node_ms": 0}', "OLDER"), ('{"version": 4}', "NEWER"),
    ],
)  # fmt: skip
def test_a_damaged_fit_is_told(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        read_fit(text)
    assert caught.value.code == f"DEVICE_FILE_{code}"


def test_a_fit_of_the_form_before_is_read_with_the_tables_beside_it(
    rows: list[MeasuredKernel], fit: KernelFit, tmp_path: Path
) -> None:
    assert fit.coverage_percent is not None and 60 <= fit.coverage_percent <= 100
    before = json.loads(fit_json(fit, FitTables(kernels_csv(rows))))
    for key in ("kernels", "looped", "coverage_percent"):
        del before[key]
    rows_path, fit_path = kernel_paths(tmp_path, "my-box")
    fit_path.write_text(json.dumps(before | {"version": 2}), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        fitted_kernels(tmp_path / "my-box.toml")
    assert caught.value.code == "INPUT_FILE"
    rows_path.write_text(kernels_csv(rows), encoding="utf-8")
    found = fitted_kernels(tmp_path / "my-box.toml")
    assert found is not None
    assert found.fit == replace(fit, coverage_percent=None)


def test_damaged_kernels_are_told(rows: list[MeasuredKernel]) -> None:
    text = kernels_csv(rows[:2])
    for right, damage in (("conv-bn-relu", "no-kernel"), ("latency_ms", "time"), (",1,", f",{10**400},")):
        with pytest.raises(InputError) as caught:
            read_kernels(text.replace(right, damage))
        assert caught.value.code == "DEVICE_FILE_DAMAGED"


def test_too_few_networks_make_no_fit(rows: list[MeasuredKernel]) -> None:
    few = [row for row in rows if row.network.startswith("mobilenet-v2")]
    with pytest.raises(InputError) as caught:
        fit_kernels(few)
    assert caught.value.code == "EVIDENCE_TOO_THIN"
    assert FEWEST_NETWORKS > 3


def test_a_kind_that_was_not_measured_is_approximated(rows: list[MeasuredKernel], fit: KernelFit) -> None:
    models = OwnKernels(rows, fit.settings)
    kernels = fuse(read_model(sample_bytes("densenet-121")), RUNTIME).kernels
    found = models.predict(kernels)
    pooled = {kernel.kind for kernel, is_pooled in zip(kernels, found.is_pooled, strict=True) if is_pooled}
    assert KernelKind.CONCAT in pooled
    assert KernelKind.CONV not in pooled


def _device(folder: Path, rows: list[MeasuredKernel], fit: KernelFit, looped: str = "") -> Path:
    measured = (MeasuredNetwork("mobilenet-v1-1.0-224", "fp32", energy_mj=240.0, latency_ms=30.0),
                MeasuredNetwork("mobilenet-v2-0.35-96", "fp32", energy_mj=8.0, latency_ms=1.0))  # fmt: skip
    device = OwnDevice("my-box", "My box", "package", runtime="onnxruntime-cpu", rows=measured)
    texts = written(resolved(device))
    for path, text in zip((folder / "my-box.toml", folder / "my-box.csv"), texts, strict=True):
        path.write_text(text, encoding="utf-8")
    rows_path, fit_path = kernel_paths(folder, "my-box")
    rows_path.write_text(kernels_csv(rows), encoding="utf-8")
    fit_path.write_text(fit_json(fit, FitTables(kernels_csv(rows), looped)), encoding="utf-8")
    return folder / "my-box.toml"


def test_a_device_with_kernels_predicts_kernel_by_kernel(
    rows: list[MeasuredKernel], fit: KernelFit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _device(tmp_path, rows, fit)
    monkeypatch.setenv("JOULELENS_DEVICES", str(tmp_path))
    device = read_device_files(path)
    assert device.kernels_beside
    assert fitted_kernels(path) is not None
    [target] = [each for each in own_targets() if each.device_id == "my-box"]
    assert (target.runtime, target.evidence) == (RUNTIME, Evidence.PREDICTED)
    predictor = own_predictor(target)
    assert isinstance(predictor, OwnKernelPredictor)
    model = fuse(read_model(sample_bytes("mobilenet-v2")), RUNTIME)
    estimate = predictor.estimate(model)
    true_ms = _network_ms([_law_ms(MeasuredKernel(kernel, 1.0, "")) for kernel in model.kernels])
    assert estimate.latency_ms == pytest.approx(true_ms, rel=0.05)
    assert estimate.energy_mj == pytest.approx(8.0 * estimate.latency_ms, rel=1e-6)  # both networks drew 8 W
    assert estimate.energy_mj_low < estimate.energy_mj < estimate.energy_mj_high
    assert sum(part.energy_mj for part in estimate.kernels) == pytest.approx(estimate.energy_mj)
    assert "OWN_KERNELS" in {note.code for note in estimate.warnings}
    assert own_target(replace(device, kernels_beside=""), "fp32") is not None
    # A fit that can't be used takes nothing from the other devices, nor the networks from this one.
    fit_path = kernel_paths(tmp_path, "my-box")[1]
    sound = fit_path.read_text(encoding="utf-8")
    fit_path.write_text('{"version": 1e999}', encoding="utf-8")
    os.utime(fit_path, ns=(1, 1))
    [older] = [each for each in own_targets() if each.device_id == "my-box"]
    assert older.evidence is Evidence.CALIBRATED
    calibrated = own_predictor(older)
    assert calibrated is not None
    codes = [note.code for note in calibrated.estimate(model).warnings]
    assert codes[:2] == ["OWN_KERNELS_UNREAD", "CALIBRATED"]
    fit_path.write_text(sound, encoding="utf-8")
    # Kernels that are being measured anew leave what is estimated as it was, until they are fitted.
    rows_path, fit_path = kernel_paths(tmp_path, "my-box")
    few = [row for row in rows if row.kernel.kind is KernelKind.CONV][:1]
    rows_path.write_text(kernels_csv(few), encoding="utf-8")
    os.utime(rows_path, ns=(1, 1))
    again = own_predictor(target)
    assert again is not None and again.estimate(model).energy_mj == estimate.energy_mj
    fit_path.write_text(fit_json(fit, FitTables(kernels_csv(few))), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        fitted_kernels(path)
    assert caught.value.code == "DEVICE_FILE_DAMAGED"


def _looped(rows: list[MeasuredKernel]) -> list[LoopedKernel]:
    """Kernels under a meter of stated truth: 6 W for a core that computes, up to 12 W where it moves data."""
    chosen = [row for row in rows if row.network == rows[0].network][::2]
    return [LoopedKernel(row, row.latency_ms, _law_w(row.kernel), 2.0, 1.0, 0.9, 1.1, 50) for row in chosen]


def _law_w(kernel: Kernel) -> float:
    moved = kernel.input_elements + kernel.output_elements
    return 6.0 + 6.0 / (1.0 + kernel.macs / (20.0 * moved))


def test_each_kernel_has_the_power_of_those_that_were_looped(
    rows: list[MeasuredKernel], fit: KernelFit, tmp_path: Path
) -> None:
    looped = _looped(rows)
    assert read_power(power_csv(looped))[3].power_w == pytest.approx(looped[3].power_w, rel=1e-5)
    power = fit_power(looped)
    assert power.kernels == len(looped)
    assert power.error_percent < 4.0
    path = _device(tmp_path, rows, replace(fit, power=power), power_csv(looped))
    kernels = fitted_kernels(path)
    assert kernels is not None and kernels.fit.power == power
    predictor = OwnKernelPredictor(read_device_files(path), "fp32", kernels)
    model = fuse(read_model(sample_bytes("mobilenet-v2")), RUNTIME)
    estimate = predictor.estimate(model)
    level, _ = predictor._power_level
    for part in estimate.kernels:
        assert part.energy_mj / part.latency_ms / level == pytest.approx(_law_w(part.kernel), rel=0.25)
    # The two measured networks drew 8 W each, which brings the level of the loops to theirs.
    assert estimate.energy_mj / estimate.latency_ms == pytest.approx(8.0, rel=0.15)
    assert estimate.energy_mj_low < estimate.energy_mj < estimate.energy_mj_high
    [total] = predictor.totals([model])
    assert (total.energy.value, total.latency.high) == (estimate.energy_mj, estimate.latency_ms_high)
    assert "alone" in str(next(note.message for note in estimate.warnings if note.code == "OWN_KERNELS"))


@pytest.mark.slow
def test_energy_of_kernels_is_that_of_the_meter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """8 J per CPU second above 3 W: every kernel's loop has to come to it, of whatever kind it is."""
    for name, value in (("IDLE_S", 0.6), ("MORE_ROUNDS", 1)):
        monkeypatch.setattr(rounds, name, value)
    monkeypatch.setattr(energy, "SECONDS", 3.2)
    drawn = [Drawn("mobilenet-v3-small", partial(sample_bytes, "mobilenet-v3-small"))]
    measured = profile(drawn[0].name, drawn[0].build(), 1, seconds=0.3).rows
    chosen = energy.chosen_kernels(measured, drawn, 6)
    assert len({each.kernel.kind for each in chosen}) >= 3
    with running_meter(tmp_path, Truth(idle_w=3.0, cpu_w=8.0, rate_hz=200.0, noise=0.0)):
        sensor = choose("rapl", tmp_path)
        assert sensor is not None and energy.how_many(energy.pace_of(sensor), 120.0) == 24
        records: list[Record] = []
        found = energy.looped_kernels(chosen, sensor, 1, records.append)
    assert found.failed is None and not found.is_interrupted
    assert len(found.rows) + found.left_out == len(chosen)
    assert found.left_out <= 1  # the shortest may drown in the noise of a busy machine
    ran = [each for each in records[-1].stretches if each.n]
    # As for networks, and twice that for stretches of 0.8 s: the less of a core, the more power is idle's.
    off = 0.1 / min(1.0, float(np.mean([each.cpu_s / each.seconds for each in ran])))
    if off > 0.25:
        pytest.skip("the loops had less than two fifths of a core: what they tell is their neighbours'")
    for each in found.rows:
        assert each.power_w - each.idle_power_w == pytest.approx(8.0, rel=off)
        assert each.above_idle_mj == pytest.approx(8.0 * each.loop_ms, rel=off)
        assert each.above_idle_low_mj < each.above_idle_mj < each.above_idle_high_mj


def test_the_estimate_command_uses_them(
    rows: list[MeasuredKernel],
    fit: KernelFit,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _device(tmp_path, rows, fit)
    monkeypatch.setenv("JOULELENS_DEVICES", "")
    (tmp_path / "net.onnx").write_bytes(sample_bytes("mobilenet-v2"))
    arguments = ["estimate", str(tmp_path / "net.onnx"), "--devices", str(tmp_path), "--device", "my-box"]
    assert main(arguments) == 0
    assert "apportioned by time" in capsys.readouterr().out


@pytest.mark.slow
def test_a_device_without_energies_answers_with_latency(
    rows: list[MeasuredKernel],
    fit: KernelFit,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = _device(tmp_path, rows, fit)
    device = read_device_files(path)
    bare = replace(
        device, scope="latency-only", rows=tuple(replace(row, energy_mj=None) for row in device.rows)
    )
    for file, text in zip((path, path.with_suffix(".csv")), written(bare), strict=True):
        file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("JOULELENS_DEVICES", str(tmp_path))
    own_folder.look_again()
    model = tmp_path / "net.onnx"
    model.write_bytes(sample_bytes("mobilenet-v2"))
    asked = ["estimate", str(model), "--device", "my-box", "--format"]
    assert main([*asked, "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    kernels = fuse(read_model(model), RUNTIME).kernels
    true_ms = _network_ms([_law_ms(MeasuredKernel(kernel, 1.0, "")) for kernel in kernels])
    assert found["latency_ms"] == pytest.approx(true_ms, rel=0.05)
    assert found["latency_ms_low"] < found["latency_ms"] < found["latency_ms_high"]
    assert found["energy_mj"] is None
    assert sum(each["latency_ms"] for each in found["kernels"]) == pytest.approx(
        found["latency_ms"], rel=1e-3
    )
    assert main([*asked, "table"]) == 0
    assert "no sensor" in capsys.readouterr().out.lower()
    assert main([*asked, "markdown"]) == 2
    assert capsys.readouterr().err.startswith("OPTION_VALUE")
    model.write_bytes(sample_bytes("mobilenet-v2", precision="int8"))
    assert main([*asked, "csv"]) == 2
    assert capsys.readouterr().err.startswith("EVIDENCE_TOO_THIN")
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120).run()
    app.switch_page(str(ROOT / "pages" / "estimate.py")).run()
    assert not app.exception and not app.error
    assert any("My box" in each.label for each in app.expander)
    # Another fit counts at once, and one that is gone is told: the server goes on.
    [known] = own_devices.own_devices()
    network, (_, fit_path) = (
        Network(read_model(sample_bytes("mobilenet-v2"))),
        kernel_paths(tmp_path, "my-box"),
    )
    before_ms = estimate_latency(known, network).latency_ms
    fit_path.write_text(
        fit_json(replace(fit, pace=2.0 * fit.pace), FitTables(kernels_csv(rows))), encoding="utf-8"
    )
    os.utime(fit_path, ns=(1, 1))
    assert estimate_latency(known, network).latency_ms > 1.5 * before_ms
    fit_path.unlink()
    with pytest.raises(InputError) as gone:
        estimate_latency(known, network)
    assert gone.value.code == "EVIDENCE_TOO_THIN"


def test_what_ends_the_loops_takes_nothing_from_the_networks(
    rows: list[MeasuredKernel],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from predictors.cli import measure_kernels as command
    from predictors.measuring.kernels import run

    def end(problem: BaseException) -> None:
        raise problem

    def loop(
        _chosen: object, _sensor: object, _threads: int, said: Callable[[Record], None]
    ) -> energy.Looped:
        record = Record({})
        record.progress.update(done=3, total=24, left_s=100.0)
        said(record)
        return energy.Looped()

    profiled = SimpleNamespace(rows=tuple(row for row in rows if row.network == rows[0].network))
    monkeypatch.setattr(run, "drawn_networks", lambda _count: [Drawn("drawn", bytes)])
    monkeypatch.setattr(run, "profile", lambda *_: profiled)
    monkeypatch.setattr(run, "_sensor", lambda _wish: (SimpleNamespace(name="rail"), None))
    monkeypatch.setattr(run, "pace_of", lambda _sensor: 0.01)
    wish = run.KernelWish("my-box", tmp_path, 110, 60.0, 1, resume=False)
    of_loops = power_path(tmp_path, "my-box")
    for problem, ended in ((KeyboardInterrupt(), "interrupted"), (InputError("INPUT_FILE", "gone"), "")):
        of_loops.write_text(power_csv(_looped(rows)), encoding="utf-8")
        monkeypatch.setattr(run, "chosen_kernels", lambda *_, problem=problem: end(problem))
        outcome = run.measure_kernels(wish, command._tell, command._refuse)
        assert (outcome.ended, outcome.kernels) == (ended, len(profiled.rows))
        assert not of_loops.exists(), "of an earlier measuring"
    assert outcome.note == "gone"
    # On the page: networks that are done, and that the loops run.
    monkeypatch.setattr(run, "chosen_kernels", lambda *_: [])
    monkeypatch.setattr(run, "looped_kernels", loop)
    run.measure_kernels(wish, command._tell, command._refuse)
    (tmp_path / "errors.txt").write_text(capsys.readouterr().err)
    job = Job(SimpleNamespace(returncode=0), tmp_path, "my-box", ())  # type: ignore[arg-type]
    # All of it may take 180 s, and the bar never falls back.
    assert job.kernel_progress() == KernelProgress(
        1, 100.0, is_looping=True, share=pytest.approx(1 - 100 / 180)
    )
    # Kernels that were looped elsewhere are not taken for those of this measuring.
    others = [replace(each, measured=replace(each.measured, latency_ms=9.0)) for each in _looped(rows)]
    of_loops.write_text(power_csv(others), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        run.fit("my-box", tmp_path)
    assert caught.value.code == "DEVICE_FILE_DAMAGED"


def test_refused_networks_are_told_even_where_nothing_is_left_to_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from predictors.measuring.kernels import run

    def refuse(*_: object) -> None:
        raise InputError("MEASURE_REFUSED", "no such operator")

    monkeypatch.setattr(run, "profile", refuse)
    asked = ["measure", "kernels", "--networks", "1", "--fit", "--name", "My box", "--out", str(tmp_path)]
    assert main(asked) == 2
    told = capsys.readouterr().err
    (tmp_path / "errors.txt").write_text(told)
    job = Job(SimpleNamespace(returncode=2), tmp_path, "my-box", ())  # type: ignore[arg-type]
    assert [note.partition(": ")[2] for note in job.notes()] == ["no such operator"]
    assert job.complaint().startswith("MEASURE_NOTHING")


@pytest.mark.slow
@pytest.mark.parametrize("sample_id", ["mobilenet-v3-small", "squeezenet-1.1", "shufflenet-v2"])
def test_what_the_runtime_fuses_is_what_our_table_says(sample_id: str) -> None:
    """Every kernel of ours is a node of the optimised graph or several of them, and none is left over."""
    found = profile(sample_id, sample_bytes(sample_id), 1, seconds=0.1)
    missing = [
        kernel.name for kernel, ms in zip(found.model.kernels, found.kernel_ms, strict=True) if ms <= 0.0
    ]
    assert missing == []
    assert found.network_ms > 0.0


def test_waiting_for_a_core_is_taken_out_of_long_kernels() -> None:
    """10 ms of 21 were spent waiting: the kernels below 2 ms ran in one piece."""
    assert without_waiting(np.array([1.0, 8.0, 12.0]), 11.0).tolist() == pytest.approx([1.0, 4.0, 6.0])
    assert without_waiting(np.array([1.0, 1.5, 1.5]), 2.0).tolist() == pytest.approx([0.5, 0.75, 0.75])
    assert without_waiting(np.array([1.0, 3.0]), 5.0).tolist() == [1.0, 3.0]


def test_drawn_networks_are_the_same_again_and_no_samples() -> None:
    first, more = list(drawn_networks(12)), list(drawn_networks(14))
    assert [each.name for each in first] == [each.name for each in more[:12]]
    assert first[3].build() == more[3].build()
    assert len({each.name for each in more}) == 14


@pytest.mark.slow
def test_kernels_are_measured_and_fitted_by_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from predictors.measuring.kernels import run

    names = [f"mobilenet-v2-{width}-{side}" for width in ("0.35", "0.5") for side in (96, 128, 160, 192)]
    monkeypatch.setattr(
        run,
        "drawn_networks",
        lambda count: [Drawn(name, partial(board_network, name)) for name in names][:count],
    )
    device = ["--name", "My box", "--out", str(tmp_path)]
    assert main(["measure", "kernels", "--networks", "2", *device]) == 0
    assert main(["measure", "fit", *device]) == 2
    assert "EVIDENCE_TOO_THIN" in capsys.readouterr().err
    assert main(["measure", "kernels", "--networks", "8", "--resume", *device]) == 0
    assert "8 networks" in capsys.readouterr().out
    assert main(["measure", "fit", *device]) == 0
    assert "median error" in capsys.readouterr().out
    for wrong, code in (
        (["--networks", "0", *device], "OPTION_VALUE"),
        (["--threads", "0", *device], "OPTION_VALUE"),
        (["--minutes", "-1", *device], "OPTION_VALUE"),
        (["--threads", "2", "--resume", *device], "MEASURE_RESUME"),
        (["--name", "Raspberry Pi 4", "--out", str(tmp_path)], "DEVICE_FILE_ID"),
    ):
        assert main(["measure", "kernels", *wrong]) == 2
        assert capsys.readouterr().err.startswith(code)
    assert main(["measure", "fit", "--name", "Other", "--out", str(tmp_path)]) == 2
    assert "INPUT_FILE" in capsys.readouterr().err
