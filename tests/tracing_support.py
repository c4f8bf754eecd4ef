"""Synthetic recordings whose integral is known, and files of them, for the tests of tracing."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from data.tracing import InferenceLog, Reading, log_of, read_trace

Floats = NDArray[np.float64]


def read(text: str | bytes, **options: object) -> Reading:
    """A recording from the text of a file."""
    data = text.encode() if isinstance(text, str) else text
    return read_trace(io.BytesIO(data), **options)  # type: ignore[arg-type]


def table(times: Floats, powers: Floats, heading: str = "time_s,power_w") -> str:
    """A CSV of two columns, unrounded."""
    rows = (f"{time!r},{power!r}" for time, power in zip(times.tolist(), powers.tolist(), strict=True))
    return "\n".join([heading, *rows]) + "\n"


def codes(reading: Reading) -> dict[str, tuple[int, int]]:
    """Problems of a reading: code -> (first line, how many)."""
    return {each.code: (each.line, each.count) for each in reading.problems}


def steps(times: Floats, busy: Callable[[Floats], NDArray[np.bool_]], idle_w: float, busy_w: float) -> Floats:
    """Power (W) of two levels."""
    return np.where(busy(times), busy_w, idle_w)


def regular_log(first_s: float, every_s: float, lasting_s: float, count: int) -> InferenceLog:
    """Inferences of one length at even distances."""
    starts = first_s + every_s * np.arange(count)
    return log_of(starts, starts + lasting_s)


def busy_in(log: InferenceLog) -> Callable[[Floats], NDArray[np.bool_]]:
    """Whether a time lies within an inference."""

    def within(times: Floats) -> NDArray[np.bool_]:
        at = np.searchsorted(log.start_s, times, side="right") - 1
        return np.asarray((at >= 0) & (times < log.end_s[np.clip(at, 0, None)]))

    return within


def batched_stamps(
    count: int, rate_hz: float, batch: int, first_us: int = 1_700_000_000_000_000
) -> NDArray[np.int64]:
    """Arrival (us) of samples sent in batches: each batch arrives when its last sample was taken."""
    number = np.arange(count)
    arrival = (number // batch + 1) * batch / rate_hz
    return (first_us + np.round(1e6 * arrival) + number % batch).astype(np.int64)
