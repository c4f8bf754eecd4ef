"""Energies of recordings whose integral is known: straight lines, irregular stamps, gaps, split ranges."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.tracing import Recording
from data.tracing.recording import PIECE


def test_a_constant_power_is_power_times_time() -> None:
    span = Recording.of(np.linspace(0, 10, 101), np.full(101, 2.5)).span()
    assert span.energy_j == pytest.approx(25.0, rel=1e-12)
    assert (span.samples, span.gaps, span.peak_w) == (101, 0, 2.5)
    assert span.avg_power_w == pytest.approx(2.5)


def test_a_ramp_over_irregular_stamps_is_exact() -> None:
    # P = 3 t: the trapezoid is exact for straight lines, whatever the stamps. 1.5 * 8^2 = 96.
    times = np.unique(np.concatenate([[0.0, 8.0], np.random.default_rng(1).uniform(0, 8, 500)]))
    assert Recording.of(times, 3 * times).span().energy_j == pytest.approx(96.0, rel=1e-12)


def test_stamps_at_random_are_no_row_of_gaps() -> None:
    times = np.cumsum(np.random.default_rng(2).exponential(0.01, 20_000))
    recording = Recording.of(times, np.ones(20_000))
    assert recording.gaps == ()
    assert recording.span().energy_j == pytest.approx(times[-1] - times[0])


def test_a_range_begins_and_ends_between_samples() -> None:
    # Between samples power is a straight line: the integral of t from 0.25 to 1.75 is (1.75^2 - 0.25^2) / 2.
    span = Recording.of(np.arange(4.0), np.arange(4.0)).span(0.25, 1.75)
    assert span.energy_j == pytest.approx(1.5)
    assert span.samples == 1
    assert span.duration_s == 1.5


def test_a_gap_adds_nothing_and_is_counted() -> None:
    times = np.concatenate([np.arange(0, 4.01, 0.01), np.arange(6, 10.01, 0.01)])
    recording = Recording.of(times, np.full(len(times), 2.0))
    span = recording.span()
    assert span.gaps == 1
    assert span.gap_s == pytest.approx(2.0)
    assert span.energy_j == pytest.approx(16.0)
    assert span.bridged_j == pytest.approx(20.0)
    assert span.avg_power_w == pytest.approx(2.0)
    assert recording.span(4.5, 5.5).energy_j == 0
    assert recording.span(0, 4).gaps == 0


def test_a_gap_without_power_is_a_gap_all_the_same() -> None:
    times = np.concatenate([np.arange(0, 1, 0.01), np.arange(3, 4, 0.01)])
    span = Recording.of(times, np.zeros(len(times))).span()
    assert span.gap_s == pytest.approx(3 - 0.99)


def test_one_lost_sample_is_bridged_two_are_a_gap() -> None:
    times = np.delete(np.arange(0, 10, 0.1), [50, 70, 71])
    span = Recording.of(times, np.ones(len(times))).span()
    assert span.gaps == 1
    assert span.gap_s == pytest.approx(0.3)


def test_bounds_outside_and_turned_are_put_right() -> None:
    recording = Recording.of(np.arange(11.0), np.ones(11))
    assert recording.span(-5, 99).energy_j == pytest.approx(10.0)
    assert recording.span(8, 2) == recording.span(2, 8)


def test_a_single_sample_has_power_but_no_energy() -> None:
    span = Recording.of(np.array([5.0]), np.array([1.5])).span()
    assert (span.energy_j, span.duration_s, span.avg_power_w, span.samples) == (0, 0, 1.5, 1)


def test_equal_stamps_add_no_energy() -> None:
    span = Recording.of(np.array([0.0, 1.0, 1.0, 2.0]), np.array([1.0, 1.0, 3.0, 3.0])).span()
    assert span.energy_j == pytest.approx(4.0)


def test_pieces_do_not_change_the_result() -> None:
    count = 2 * PIECE + 17
    times = np.arange(count) / 5000
    powers = 1 + np.sin(times) ** 2
    recording = Recording.of(times, powers)
    assert recording.span().energy_j == pytest.approx(np.trapezoid(powers, times), rel=1e-12)
    cut = times[PIECE - 1] + 1e-4  # between the last sample of one piece and the first of the next
    left, right = recording.span(0, cut), recording.span(cut, times[-1])
    assert left.energy_j + right.energy_j == pytest.approx(recording.span().energy_j, rel=1e-12)
    assert left.samples + right.samples == count


def test_arrays_that_are_no_recording_are_refused() -> None:
    with pytest.raises(ValueError, match="decrease"):
        Recording.of(np.array([0.0, 2.0, 1.0]), np.ones(3))
    with pytest.raises(ValueError, match="one power"):
        Recording.of(np.arange(3.0), np.ones(2))


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    steps = draw(st.lists(st.floats(0.001, 2.0), min_size=3, max_size=60))
    if draw(st.booleans()):
        steps.insert(len(steps) // 2, 200.0)
    powers = draw(st.lists(st.floats(0, 1e3), min_size=len(steps) + 1, max_size=len(steps) + 1))
    return Recording.of(np.concatenate([[0.0], np.cumsum(steps)]), np.array(powers))


@given(recordings(), st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_the_parts_of_a_range_add_up_to_the_whole(recording: Recording, cuts: list[float]) -> None:
    edges = [0.0, *sorted(cut * recording.duration_s for cut in cuts), recording.duration_s]
    parts = [recording.span(low, high) for low, high in itertools.pairwise(edges)]
    whole = recording.span()
    assert sum(part.energy_j for part in parts) == pytest.approx(whole.energy_j, rel=1e-9, abs=1e-9)
    assert sum(part.covered_s for part in parts) == pytest.approx(whole.covered_s, rel=1e-9, abs=1e-9)
    assert max(part.peak_w for part in parts if part.samples) == whole.peak_w


@given(recordings(), st.floats(0, 1), st.floats(0, 1))
def test_energy_lies_between_least_and_greatest_power(recording: Recording, one: float, other: float) -> None:
    span = recording.span(one * recording.duration_s, other * recording.duration_s)
    _, powers = recording.arrays()
    assert powers.min() * span.covered_s - 1e-6 <= span.energy_j <= powers.max() * span.covered_s + 1e-6
