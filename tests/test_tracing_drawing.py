"""Fewer points for drawing: every peak and dip stays; and phases found in recordings with known ones."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.tracing import Recording, min_max
from data.tracing.phases import IDLE, INFERENCE, OTHER, WARM_UP, find_phases, idle_level, two_levels
from tracing_support import busy_in, regular_log, steps


@given(
    st.lists(st.floats(0, 100), min_size=5, max_size=400),
    st.integers(4, 60),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_no_peak_and_no_dip_is_hidden(powers: list[float], points: int, one: float, other: float) -> None:
    values = np.array(powers)
    recording = Recording.of(np.arange(len(values), dtype=float), values)
    low, high = sorted((one * recording.duration_s, other * recording.duration_s))
    times, shown = min_max(recording, low, high, points)
    inside = (times >= low) & (times <= high)
    truth = values[int(np.ceil(low)) : int(np.floor(high)) + 1]
    if len(truth):
        assert shown[inside].max() == truth.max() or shown.max() >= truth.max()
        assert shown.min() <= truth.min()
        assert len(shown) <= 2 * points + 6
    assert np.all(np.diff(times) >= 0)
    assert set(np.round(shown, 9)) <= set(np.round(values, 9))


def test_a_single_spike_among_a_million_survives() -> None:
    power = np.ones(1_000_000)
    power[654_321] = 50.0
    times, shown = min_max(Recording.of(np.arange(1_000_000) / 5000, power), points=1000)
    assert len(shown) <= 1100
    assert shown.max() == 50.0
    assert times[shown.argmax()] == pytest.approx(654_321 / 5000)


def test_few_samples_are_drawn_as_they_are() -> None:
    times, shown = min_max(Recording.of(np.arange(10.0), np.arange(10.0)), points=100)
    assert shown.tolist() == list(range(10))
    assert times.tolist() == list(range(10))


def test_a_gap_breaks_the_line() -> None:
    stamps = np.concatenate([np.arange(0, 5, 0.1), np.arange(8, 12, 0.1)])
    times, shown = min_max(Recording.of(stamps, np.ones(len(stamps))))
    assert np.isnan(shown).sum() == 1
    assert 4.9 < times[np.isnan(shown)][0] < 8


def test_two_levels_are_split_where_the_variance_says() -> None:
    threshold, share = two_levels(np.array([1.0, 1.1, 0.9, 5.0, 5.2]))
    assert 1.1 < threshold < 5.0
    assert share > 0.99
    assert two_levels(np.ones(5))[1] == 0.0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("unit", [5e-324, 1e-200, 1.0, 1e200])
def test_levels_of_any_size_are_split(unit: float) -> None:
    threshold, share = two_levels(np.array([0.0, 0.0, unit, unit]))
    assert (threshold < unit, share) == (True, pytest.approx(1.0))


@pytest.mark.filterwarnings("error")
def test_levels_that_no_number_lies_between_are_one_level() -> None:
    low = float(np.nextafter(1.0, 2.0))
    power = np.repeat([low, np.nextafter(low, 2.0)], 500)
    recording = Recording.of(np.arange(1000) * 0.01, power)
    assert [phase.why for phase in find_phases(recording)] == ["power has one level only"]


def names(recording: Recording, log: object = None) -> list[str]:
    return [phase.name for phase in find_phases(recording, log)]  # type: ignore[arg-type]


def test_idle_burst_idle_run_idle_is_recognised() -> None:
    times = np.arange(0, 640, 1.0)
    power = np.full(640, 4.0)
    power[10:20] = 11.0
    power[40:620] = 11.0
    recording = Recording.of(times, power + np.random.default_rng(0).normal(0, 0.05, 640))
    assert names(recording) == [IDLE, WARM_UP, IDLE, INFERENCE, IDLE]
    run = find_phases(recording)[3]
    assert run.start_s == pytest.approx(40, abs=4)
    assert run.end_s == pytest.approx(620, abs=4)
    assert idle_level(recording).power_w == pytest.approx(4.0, abs=0.1)


def test_loading_before_the_run_is_warm_up_not_idle() -> None:
    power = np.full(640, 2.9)
    power[20:60] = 3.9
    power[60:620] = 6.5
    recording = Recording.of(np.arange(640.0), power)
    assert names(recording) == [IDLE, WARM_UP, INFERENCE, IDLE]
    assert idle_level(recording).power_w == pytest.approx(2.9, abs=0.05)


def test_one_level_has_no_idle_phase_and_says_so() -> None:
    recording = Recording.of(np.arange(100.0), np.full(100, 5.0))
    idle = idle_level(recording)
    assert not idle.seen
    assert idle.power_w == pytest.approx(5.0)
    assert "no idle phase" in idle.why
    assert names(recording) == [INFERENCE]


def test_the_log_decides_the_phases_where_there_is_one() -> None:
    times = np.arange(0, 20, 0.01)
    log = regular_log(5.0, 0.5, 0.4, 20)
    recording = Recording.of(times, steps(times, busy_in(log), 1.0, 3.0))
    phases = find_phases(recording, log)
    assert [phase.name for phase in phases] == [IDLE, INFERENCE, IDLE]
    assert phases[1].start_s == 5.0
    assert phases[1].end_s == pytest.approx(14.9)
    assert idle_level(recording, log).power_w == pytest.approx(1.0)


def test_power_that_stays_up_after_the_log_is_not_called_idle() -> None:
    times = np.arange(0, 20, 0.01)
    recording = Recording.of(times, np.where(times < 5, 1.0, 3.0))
    assert names(recording, regular_log(5.0, 0.5, 0.5, 15)) == [IDLE, INFERENCE, OTHER]


@given(st.lists(st.floats(0.1, 20), min_size=2, max_size=300))
def test_phases_cover_the_recording_without_overlap(powers: list[float]) -> None:
    recording = Recording.of(np.arange(len(powers), dtype=float), np.array(powers))
    phases = find_phases(recording)
    assert phases[0].start_s == 0.0
    assert phases[-1].end_s == pytest.approx(recording.duration_s)
    for before, after in itertools.pairwise(phases):
        assert before.end_s == pytest.approx(after.start_s)
        assert before.name != after.name
