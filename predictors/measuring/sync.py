"""Measuring with a meter on the cable: a pattern of load that a recording can be placed by.

Three bursts of full load with pauses of different lengths come before the first network. The recording is
laid under all stretches by when the machine was busy, whatever its clock says; the bursts have to be in it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np

from data.messages import Message
from data.tracing import Recording, log_of
from data.tracing.alignment import align, placed_by
from predictors.errors import InputError
from predictors.measuring.estimating import IDLE, Stretch

SYNC: Final = "(sync)"
"""The name under which the bursts stand among the stretches."""
BURSTS_S: Final = ((2.0, 1.5), (4.0, 1.5), (2.0, 1.5))
"""Pause before each burst and its length (s): unlike pauses make the pattern fit in one place only, and a
meter of two samples a second has a sample in each burst that is not at its ends."""
RUN_S: Final = 2.0
"""The second pause is longer by this with every run that `--resume` begins."""
LAST_PAUSE_S: Final = 3.0  # idle after the bursts, so that the last one has an end
GUARD_S: Final = 0.15
"""Left out at both ends of a stretch: power rises and falls there, and the meter averages over a while."""
CLEAR: Final = 3.0
"""The bursts have to stand out of the pauses by so many standard deviations."""
NO_PATTERN: Final = Message("the log has no sync pattern, since it was not measured with --sensor external")
NOT_FOUND: Final = Message("the pattern of load is not in the recording")
TWICE: Final = Message("the pattern fits the recording in two places")
CUT_OFF: Final = Message("the recording does not reach over the three bursts at the beginning")
NO_BURSTS: Final = Message("the three bursts at the beginning are not in the recording")


def sync_pattern(run: int) -> list[Stretch]:
    """Make the bursts on this thread; returns them as stretches."""
    found = []
    for number, (pause_s, length_s) in enumerate(BURSTS_S):
        # A recording of one run of a resumed measuring has to fit that run alone.
        time.sleep(pause_s + (RUN_S * run if number == 1 else 0.0))
        begin = time.monotonic()
        while time.monotonic() - begin < length_s:
            np.dot(_LOAD, _LOAD)
        end = time.monotonic()
        found.append(Stretch(SYNC, 0, 0.5 * (begin + end), end - begin, run=run))
    time.sleep(LAST_PAUSE_S)
    return found


_LOAD: Final = np.ones((256, 256))


def joined(stretches: Sequence[Stretch], recording: Recording) -> list[Stretch]:
    """The stretches with their mean power from a recording of a meter, whatever its clock.

    The recording holds all runs, or one of those that `--resume` began: the others stay as they are. Raises
    InputError MEASURE_SYNC where the pattern is not in the recording, or fits in two places.
    """
    try:
        return _placed(stretches, recording)
    except InputError:
        fits = _fitting_runs(stretches, recording)
        if len(fits) != 1:
            raise
    [(run, own)] = fits.items()
    placed = iter(own)
    return [next(placed) if each.run == run else each for each in stretches]


def _fitting_runs(stretches: Sequence[Stretch], recording: Recording) -> dict[int, list[Stretch]]:
    """The runs that a recording of one run may be of, each placed; nothing where there is only one."""
    runs = {each.run for each in stretches}
    found: dict[int, list[Stretch]] = {}
    for run in runs if len(runs) > 1 else ():
        with suppress(InputError):
            found[run] = _placed([each for each in stretches if each.run == run], recording)
    return found


def _placed(stretches: Sequence[Stretch], recording: Recording) -> list[Stretch]:
    """The stretches on the recording; those that it does not cover have no power."""
    busy = sorted((each for each in stretches if each.network != IDLE), key=lambda each: each.middle_s)
    if not any(each.network == SYNC for each in busy):
        raise sync_error(NO_PATTERN)
    shortest_s = min(each.seconds for each in busy if each.network == SYNC)
    if 0.5 * shortest_s <= recording.step_s:  # no sample of a burst is sure to be clear of its ends
        raise sync_error(
            Message(
                "it has {rate:.2g} samples a second, too few for bursts of {seconds:.1f} s",
                rate=1.0 / recording.step_s,
                seconds=shortest_s,
            )
        )
    starts = np.array([each.middle_s - 0.5 * each.seconds for each in busy])
    log = log_of(starts, starts + np.array([each.seconds for each in busy]))
    found = align(recording, log)
    if not found.found:
        raise sync_error(NOT_FOUND)
    if found.second_s is not None:
        raise sync_error(TWICE)
    shift_s = float(placed_by(recording, log, found).start_s[0] - starts[0])
    result = [_with_power(each, recording, shift_s) for each in stretches]
    _check_bursts(result, recording, shift_s)
    return result


def _with_power(stretch: Stretch, recording: Recording, shift_s: float) -> Stretch:
    half = 0.5 * stretch.seconds - max(GUARD_S, recording.step_s)
    middle = stretch.middle_s + shift_s
    if half <= 0.0 or middle - half < 0.0 or middle + half > recording.duration_s:
        return replace(stretch, watts=None)
    span = recording.span(middle - half, middle + half)
    return replace(stretch, watts=span.avg_power_w if span.covered_s > 0.0 else None)


def _check_bursts(stretches: Sequence[Stretch], recording: Recording, shift_s: float) -> None:
    """Raise InputError MEASURE_SYNC where the bursts do not stand out of the pauses between them."""
    bursts = [each for each in stretches if each.network == SYNC]
    if any(each.watts is None for each in bursts):
        raise sync_error(CUT_OFF)
    ends = [(each.middle_s - 0.5 * each.seconds, each.middle_s + 0.5 * each.seconds) for each in bursts]
    pauses = [
        recording.span(before[1] + shift_s + GUARD_S, after[0] + shift_s - GUARD_S).avg_power_w
        for before, after in pairwise(ends)
    ]
    high = [each.watts or 0.0 for each in bursts]
    noise = float(np.std(pauses)) + float(np.std(high))
    if min(high) - max(pauses) <= CLEAR * noise / np.sqrt(len(bursts)):
        raise sync_error(NO_BURSTS)


def sync_error(why: Message) -> InputError:
    """The refusal of a recording that can't be placed, with why."""
    return InputError(
        "MEASURE_SYNC",
        "The recording can't be placed: {why}. Record from before the command starts until it ends, with two "
        "samples a second or more; after --resume one recording may hold all runs, or each run has its own.",
        why=why,
    )
