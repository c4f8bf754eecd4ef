"""Sample clocks rebuilt from batches, and the offset between power and inference clocks."""

from __future__ import annotations

import io

import numpy as np
import pytest

from data.tracing import Recording, log_of, read_inferences, summarise
from data.tracing.alignment import align
from data.tracing.clocks import gap_limit, is_batched, nominal
from tracing_support import batched_stamps, busy_in, read, regular_log, steps, table


def batched_csv(count: int, rate_hz: float, batch: int, powers: np.ndarray | None = None) -> str:
    stamps = batched_stamps(count, rate_hz, batch)
    milliamps = np.full(count, 500.0) if powers is None else powers / 4.0 * 1000
    rows = (
        f"{stamp},{current!r},4.0" for stamp, current in zip(stamps.tolist(), milliamps.tolist(), strict=True)
    )
    return "receipt_time_us,current_ma,voltage_v\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(("rate_hz", "batch"), [(5000.0, 128), (5000.0, 50), (1000.0, 100), (5000.0, 500)])
def test_batches_become_even_samples(rate_hz: float, batch: int) -> None:
    reading = read(batched_csv(20_000, rate_hz, batch))
    span = reading.recording.span()
    assert span.duration_s == pytest.approx(19_999 / rate_hz)
    assert span.energy_j == pytest.approx(2.0 * 19_999 / rate_hz)  # 500 mA at 4 V
    assert f"{rate_hz:g} Hz" in reading.clock_note


def test_integrating_on_the_arrival_stamps_would_be_far_too_low() -> None:
    # What the rebuilt clock repairs: nearly all stamps of a batch are a microsecond apart.
    stamps = batched_stamps(20_000, 5000.0, 128) / 1e6
    within = np.diff(stamps)[np.diff(stamps) < 1e-3].sum()
    assert within < 0.05 * (stamps[-1] - stamps[0])


def test_whole_stamps_of_a_coarse_clock_are_batches_too() -> None:
    stamps = np.floor(np.arange(3000) / 5000 * 1000) / 1000  # 5 kHz stamped in whole milliseconds
    reading = read(table(stamps, np.ones(3000)))
    assert reading.recording.span().duration_s == pytest.approx(2999 / 5000, rel=1e-3)


def test_a_lost_batch_is_a_gap_and_a_stall_is_none() -> None:
    stamps = batched_stamps(40_000, 5000.0, 100)
    lost, stalled = stamps.copy(), stamps.copy()
    lost[20_000:] += 1_000_000  # a second of samples never came
    stalled[20_000:20_100] += 15_000  # one batch is late, the next are on time
    rows = {
        name: "\n".join(f"{s},2.0" for s in each.tolist())
        for name, each in (("lost", lost), ("late", stalled))
    }
    gap = read("receipt_time_us,power_w\n" + rows["lost"] + "\n").recording.span()
    late = read("receipt_time_us,power_w\n" + rows["late"] + "\n").recording.span()
    assert gap.gaps == 1
    assert gap.gap_s == pytest.approx(1.0, abs=0.03)
    assert gap.energy_j == pytest.approx(2.0 * 39_998 / 5000, rel=1e-3)
    assert late.gaps == 0
    assert late.duration_s == pytest.approx(39_999 / 5000)


def test_a_clock_of_its_own_is_left_alone() -> None:
    even = np.arange(1000) * 0.02
    assert not is_batched(even)
    assert not is_batched(np.cumsum(np.random.default_rng(0).exponential(0.01, 5000)))
    assert not is_batched(np.arange(10.0))
    assert read(table(even, np.ones(1000))).clock_note == "time stamps of the file"


def test_a_given_rate_overrides_the_stamps() -> None:
    reading = read(table(np.arange(100.0), np.ones(100)), rate_hz=10.0)
    assert reading.recording.duration_s == pytest.approx(9.9)


def test_nominal_rates_are_taken_when_the_stamps_cannot_tell() -> None:
    assert nominal(4994.6) == 5000.0
    assert nominal(4700.0) == 4700.0
    assert nominal(4700.0, uncertainty=0.2) == 5000.0
    assert nominal(1.003) == 1.0


def test_the_gap_limit_follows_the_spread_of_the_clock() -> None:
    assert gap_limit(1.0, 1.0) == 2.5
    assert gap_limit(1.0, 1.45) == pytest.approx(5.5)


@pytest.mark.parametrize("offset_s", [0.0, 0.25, -0.13, 0.36, 3.3])
def test_the_clock_offset_is_found(offset_s: float) -> None:
    times = np.arange(0, 20, 0.001)
    truth = regular_log(5.0, 0.1, 0.06, 80)
    noise = np.random.default_rng(3).normal(0, 0.2, len(times))
    recording = Recording.of(times, steps(times, busy_in(truth), 1.0, 3.0) + noise)
    found = align(recording, truth.shifted(-offset_s))
    assert found.found
    assert found.offset_s == pytest.approx(offset_s, abs=0.002)
    said = "taken as equal" if offset_s == 0.0 else f"{abs(found.offset_s):.3g} s"
    assert said in found.note


def test_clocks_without_a_common_zero_are_aligned_too() -> None:
    times = np.arange(0, 20, 0.001)
    truth = regular_log(5.0, 0.1, 0.06, 80)
    recording = Recording.of(times, steps(times, busy_in(truth), 1.0, 3.0))
    found = align(recording, truth.shifted(1.7e9))
    assert found.offset_s == pytest.approx(-1.7e9, abs=0.002)


def test_power_that_tells_nothing_leaves_the_clocks_alone() -> None:
    noise = np.random.default_rng(4).normal(2, 0.1, 20_000)
    found = align(Recording.of(np.arange(20_000) / 1000, noise), regular_log(5.0, 0.1, 0.06, 80))
    assert not found.found
    assert found.offset_s == 0.0
    assert "adjust it by hand" in found.note


def test_where_power_stays_up_the_smallest_offset_is_taken() -> None:
    times = np.arange(0, 60, 0.01)
    recording = Recording.of(times, np.where((times >= 10) & (times < 50), 3.0, 1.0))
    found = align(recording, regular_log(15.0, 0.1, 0.1, 300))  # 15 to 45 s, busy from 10 to 50 s
    assert found.offset_s == 0.0
    assert "between -5" in found.note


def test_a_negative_load_is_not_aligned_upside_down() -> None:
    times = np.arange(0, 20, 0.001)
    log = regular_log(5.0, 0.1, 0.06, 80)
    recording = Recording.of(times, steps(times, busy_in(log), 3.0, 1.0))  # inferences draw less
    found = align(recording, log)
    placed = log.shifted(found.offset_s)
    busy, all_ = (
        np.diff(recording.until(np.array([placed.start_s[0], placed.end_s[-1]])))[0, 0],
        recording.span(),
    )
    assert not found.found or busy / (placed.end_s[-1] - placed.start_s[0]) >= all_.avg_power_w


def test_energy_per_inference_on_an_offset_clock() -> None:
    # Each inference draws 3 W over 60 ms: 180 mJ, of which 1 W * 60 ms is idle.
    times = np.arange(0, 20, 0.0002)
    truth = regular_log(5.0, 0.1, 0.06, 80)
    recording = Recording.of(times, steps(times, busy_in(truth), 1.0, 3.0))
    summary = summarise(recording, log=truth.shifted(0.21))
    assert summary.alignment is not None
    assert summary.alignment.offset_s == pytest.approx(-0.21, abs=5e-4)
    found = summary.inferences
    assert found is not None
    assert found.count == 80
    assert found.mean_mj == pytest.approx(180.0, rel=2e-3)
    assert found.above_idle_mj == pytest.approx(120.0, rel=2e-3)
    assert found.latency_ms == pytest.approx(60.0)
    assert summary.idle.power_w == pytest.approx(1.0)


def test_the_spread_over_inferences_is_given() -> None:
    times = np.arange(0, 40, 0.001)
    log = regular_log(5.0, 0.2, 0.1, 100)
    power = np.full(len(times), 1.0)
    for at, (start, end) in enumerate(zip(log.start_s, log.end_s, strict=True)):
        power[(times >= start) & (times < end)] = 2.0 + (at % 5)  # 2 to 6 W
    found = summarise(Recording.of(times, power), log=log, offset_s=0.0).inferences
    assert found is not None
    assert found.mean_mj == pytest.approx(400.0, rel=0.02)
    assert found.low_mj == pytest.approx(200.0, rel=0.02)
    assert found.high_mj == pytest.approx(600.0, rel=0.02)
    assert found.std_mj == pytest.approx(142.0, rel=0.05)
    assert found.mean_low_mj < found.mean_mj < found.mean_high_mj
    assert found.mean_high_mj - found.mean_low_mj < found.high_mj - found.low_mj


def test_inferences_outside_the_recording_or_in_a_gap_are_counted_not_guessed() -> None:
    times = np.concatenate([np.arange(0, 5, 0.01), np.arange(6, 10, 0.01)])
    recording = Recording.of(times, np.ones(len(times)))
    log = log_of(np.array([1.0, 5.4, 20.0]), np.array([1.5, 5.6, 20.5]))
    summary = summarise(recording, log=log, offset_s=0.0)
    assert summary.inferences is not None
    assert (summary.inferences.count, summary.inferences.in_gaps, summary.unplaced) == (1, 1, 1)


def test_only_inferences_wholly_in_the_range_count() -> None:
    recording = Recording.of(np.arange(0, 20, 0.01), np.ones(2000))
    log = regular_log(1.0, 1.0, 0.5, 10)
    found = summarise(recording, log=log, offset_s=0.0, start_s=2.2, end_s=5.5).inferences
    assert found is not None
    assert found.count == 3  # those at 3, 4 and 5 s


LOG = "inference_index,start_us,end_us,duration_us\n"


def test_the_log_says_where_warm_up_ends() -> None:
    rows = [f"{at},{1000 * k},{1000 * k + 500},500" for k, at in enumerate([0, 1, 2, 0, 1, 2, 3])]
    log = read_inferences(io.BytesIO((LOG + "\n".join(rows) + "\n").encode()))
    assert log.warm_up.tolist() == [True] * 3 + [False] * 4
    assert log.end_s[0] - log.start_s[0] == pytest.approx(0.0005)


def test_slow_first_inferences_are_warm_up() -> None:
    starts = np.arange(20.0)
    lasting = np.where(np.arange(20) < 3, 0.9, 0.3)
    assert log_of(starts, starts + lasting).warm_up.sum() == 3
    assert log_of(starts, starts + 0.3).warm_up.sum() == 0


def test_lone_stamps_that_leap_and_fall_are_no_batches() -> None:
    text = "time_s,power_w\n" + "".join(f"{k},1\n" for k in range(60)) + "1861,0\n0,0\n1240,0\n"
    reading = read(text)
    assert reading.recording.samples + reading.skipped_lines == 63
