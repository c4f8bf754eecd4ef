"""Energy per inference: the block's energy over its number, whatever meter and whatever lies around it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.trials import Setting, trial
from data.tracing import InferenceLog, Recording, Summary, log_of, read_inferences, summarise
from tests.tracing_support import regular_log

Floats = NDArray[np.float64]


def metered(
    log: InferenceLog, step_s: float, end_s: float, *, idle_w: float = 2.0, busy_w: float = 8.0
) -> Recording:
    """What a meter that averages over its step records of inferences at one power."""
    edges = np.ravel(np.column_stack([log.start_s, log.end_s]))
    edges = np.concatenate([[-step_s], edges, [end_s + step_s]])
    levels = np.full(len(edges) - 1, idle_w)
    levels[1::2] = busy_w
    total = np.concatenate([[0.0], np.cumsum(levels * np.diff(edges))])
    times = np.arange(0.0, end_s, step_s)
    low, high = np.interp(times - step_s / 2, edges, total), np.interp(times + step_s / 2, edges, total)
    noise = np.random.default_rng(5).normal(0.0, 0.02, len(times))
    return Recording.of(times, (high - low) / step_s + noise)


def joined(*logs: InferenceLog) -> InferenceLog:
    """One log of several."""
    return log_of(
        np.concatenate([each.start_s for each in logs]), np.concatenate([each.end_s for each in logs])
    )


def each_mj(summary: Summary) -> float:
    """Energy per inference in all (mJ)."""
    assert summary.inferences is not None
    return summary.inferences.mean_mj


@pytest.mark.parametrize("step_s", [0.001, 0.01, 0.1, 0.5])
def test_a_slow_meter_gives_the_same_energy_as_a_fast_one(step_s: float) -> None:
    log = regular_log(6.0, 0.043, 0.03, 400)
    found = summarise(metered(log, step_s, 30.0), log=log)
    assert each_mj(found) == pytest.approx(240.0, rel=0.01)
    assert found.inferences is not None
    assert found.inferences.above_idle_mj == pytest.approx(180.0, rel=0.015)
    assert found.inferences.has_each == (step_s == 0.001)


def test_inferences_that_the_log_lacks_are_no_idle() -> None:
    unlogged, log = regular_log(5.0, 0.04, 0.03, 50), regular_log(7.0, 0.04, 0.03, 100)
    found = summarise(metered(joined(unlogged, log), 0.001, 16.0), log=log)
    assert found.idle.power_w == pytest.approx(2.0, abs=0.01)
    assert each_mj(found) == pytest.approx(240.0, rel=0.01)


def test_a_stronger_load_elsewhere_does_not_draw_the_log() -> None:
    log = regular_log(6.0, 0.041, 0.03, 50)
    recording = metered(log, 0.002, 10.0)
    times, power = recording.arrays()
    power[(times > 2.0) & (times < 4.0)] = 12.0
    found = summarise(Recording.of(times, power), log=log.shifted(0.2))
    assert found.alignment is not None
    assert found.alignment.offset_s == pytest.approx(-0.2, abs=0.003)
    assert each_mj(found) == pytest.approx(240.0, rel=0.02)
    assert any("stronger load" in warning for warning in found.warnings)


def test_equal_clocks_stay_equal_where_work_before_each_inference_draws_more() -> None:
    chance = np.random.default_rng(1)
    starts = 2.0 + np.cumsum(chance.uniform(0.043, 0.047, 100))
    log = log_of(starts, starts + 0.02)
    recording = metered(log, 0.001, 9.0, busy_w=6.0)
    times, power = recording.arrays()
    for start in starts:
        power[(times >= start - 0.019) & (times < start)] = 10.0
    found = summarise(Recording.of(times, power), log=log)
    assert found.alignment is not None
    assert found.alignment.offset_s == 0.0
    assert each_mj(found) == pytest.approx(120.0, rel=0.02)
    assert any("something else runs" in warning for warning in found.warnings)


def test_drift_is_found_and_taken_out() -> None:
    log = regular_log(5.0, 0.9, 0.05, 130)
    recording = metered(log, 0.01, 128.0)
    late = log_of(5.0 + (log.start_s - 5.0) * 0.9995, 5.0 + (log.end_s - 5.0) * 0.9995)
    found = summarise(recording, log=late)
    assert found.alignment is not None
    assert 1e6 * found.alignment.drift == pytest.approx(500.0, abs=60.0)
    assert each_mj(found) == pytest.approx(400.0, rel=0.02)


def test_inferences_at_once_share_the_energy_of_their_block() -> None:
    starts = 5.0 + 0.1 * np.arange(90)
    log = log_of(starts, starts + 0.4)
    times = np.arange(0.0, 20.0, 0.01)
    power = np.where((times >= 5.0) & (times < 14.3), 8.0, 2.0)
    found = summarise(Recording.of(times, power), log=log)
    assert each_mj(found) == pytest.approx(1000.0 * 8.0 * 9.3 / 90, rel=0.01)
    assert any("overlap" in warning for warning in found.warnings)


def test_power_that_does_not_rise_is_told_as_no_energy() -> None:
    times = np.arange(0.0, 20.0, 0.001)
    flat = Recording.of(times, 2.0 + np.random.default_rng(2).normal(0.0, 0.1, len(times)))
    found = summarise(flat, log=regular_log(5.0, 0.1, 0.05, 100))
    assert found.inferences is None
    assert found.warnings


def test_a_log_of_microseconds_under_ms_is_read_as_such() -> None:
    rows = [f"{k},{1700000005000000 + 100000 * k},{1700000005090000 + 100000 * k}" for k in range(20)]
    text = "\n".join(["inference_index,start_ms,end_ms", *rows]) + "\n"
    log = read_inferences(io.BytesIO(text.encode()))
    assert float(log.start_s[0]) == pytest.approx(1700000005.0)
    assert [problem.code for problem in log.problems] == ["LOG_UNIT"]


def test_the_interval_is_wider_where_idle_is_short() -> None:
    log = regular_log(6.0, 1.0, 0.02, 60)
    few, many, fast = (metered(log, step_s, 70.0) for step_s in (1.0, 0.1, 0.001))
    widths = []
    for recording, rough in ((few, True), (many, True), (fast, False)):
        summary = summarise(recording, log=log)
        found = summary.inferences
        assert found is not None
        widths.append(found.above_high_mj - found.above_low_mj)
        assert found.is_rough is rough
        assert any("roughly only" in each for each in summary.warnings) is rough
    assert widths[0] > 2.0 * widths[1]


@pytest.mark.slow
@pytest.mark.parametrize(("rate_hz", "latency_ms"), [(100.0, 500.0), (1000.0, 30.0), (5000.0, 30.0)])
def test_what_runs_between_the_inferences_does_not_leak_into_them(rate_hz: float, latency_ms: float) -> None:
    held, errors = 0, []
    for seed in range(20):
        made = trial(Setting(rate_hz, latency_ms, "pre-processing"), seed)
        found = summarise(made.recording, log=made.log).inferences
        assert found is not None
        held += found.mean_low_mj <= made.truth_mj <= found.mean_high_mj
        errors.append(abs(found.mean_mj / made.truth_mj - 1.0))
    assert held >= 12  # of 20 with a chance of 0.8 each, fewer are held once in a hundred times
    assert max(errors) < 0.002


def test_equal_clocks_are_kept_where_the_samples_cannot_tell_a_small_offset() -> None:
    for seed in range(4):
        made = trial(Setting(100.0, 100.0, "pre-processing"), seed)
        alignment = summarise(made.recording, log=made.log).alignment
        assert alignment is not None and alignment.offset_s == 0.0
