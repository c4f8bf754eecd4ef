"""A meter of stated truth: as arithmetic for many trials, and as a second process that moves a file tree.

The truth: so many watts idle, so many joules per CPU second of a process, counted in steps, renewed at a
rate, starting anew at a range, with noise on the power.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from predictors.measuring.estimating import IDLE, Stretch
from predictors.measuring.rounds import CHANGES_PER_STRETCH, IDLE_S
from predictors.measuring.sensors.rapl import grown
from predictors.measuring.trace import mean_watts, reading_error_watts

POLL_S = 0.02


@dataclass(frozen=True)
class Truth:
    """Idle power (W), energy per CPU second (J/s), counter step (J), renewals a second, noise (share of the
    power, drawn per stretch), and the energy at which the counter starts anew (J)."""

    idle_w: float = 4.0
    cpu_w: float = 9.0
    step_j: float = 1e-3
    rate_hz: float = 100.0
    noise: float = 0.01
    range_j: float = 500.0


def simulated_stretches(
    truth: Truth, seed: int, *, inference_s: float = 0.03, rounds: int = 5, stretch_s: float = 2.0
) -> list[Stretch]:
    """The stretches of one network, as the harness takes them, on a meter that only exists on paper."""
    random_ = np.random.default_rng(seed)
    # As `_find_pace` does: a stretch holds several new values of the counter.
    change_s = max(1.0 / truth.rate_hz, truth.step_j / truth.idle_w, POLL_S)
    least = CHANGES_PER_STRETCH * change_s
    plan = [(IDLE, max(IDLE_S, least))]
    for _ in range(rounds):
        plan += [("net", max(stretch_s, least)), (IDLE, max(IDLE_S, least))]
    # As the harness does: lengths differ by up to one renewal, so that no phase of the counter repeats.
    lasting = np.array([seconds for _, seconds in plan]) + random_.uniform(0.0, change_s, len(plan))
    ends = np.cumsum(lasting)
    level = np.array([truth.idle_w + (0.0 if name == IDLE else truth.cpu_w) for name, _ in plan])
    level = level * (1.0 + truth.noise * random_.standard_normal(len(plan)))
    starts = ends - lasting
    reached = np.concatenate([[0.0], np.cumsum(level * lasting)])
    polls = np.arange(0.0, ends[-1], POLL_S) + random_.uniform(0.0, POLL_S)
    renewed = np.floor(polls * truth.rate_hz) / truth.rate_hz
    true_j = np.interp(renewed, np.concatenate([[0.0], ends]), reached) + random_.uniform(0.0, truth.step_j)
    shown = np.floor(true_j / truth.step_j) * truth.step_j % truth.range_j
    steps = [grown(a, b, truth.range_j, 1e9) for a, b in pairwise(shown)]
    joules = np.concatenate([[0.0], np.cumsum(steps)])
    found = []
    for at, ((name, _), seconds) in enumerate(zip(plan, lasting.tolist(), strict=True)):
        inside = (polls >= starts[at]) & (polls < ends[at])
        watts = mean_watts(polls[inside], joules[inside])
        count = 0 if name == IDLE else max(1, round(seconds / inference_s))
        found.append(
            Stretch(
                name,
                (at + 1) // 2,
                starts[at] + 0.5 * seconds,
                count * inference_s or seconds,
                watts=watts,
                reading_error_w=reading_error_watts(polls[inside], joules[inside]),
                n=count,
            )
        )
    return found


def make_tree(sysfs: Path, range_j: float = 500.0, zones: tuple[str, ...] = ("package-0",)) -> list[Path]:
    """Write a tree as /sys/class/powercap has it; returns the counters' files."""
    counters = []
    for number, name in enumerate(zones):
        zone = sysfs / "class" / "powercap" / f"intel-rapl:{number}"
        zone.mkdir(parents=True, exist_ok=True)
        (zone / "name").write_text(name + "\n")
        (zone / "max_energy_range_uj").write_text(f"{range_j * 1e6:.0f}\n")
        (zone / "energy_uj").write_text("0\n")
        counters.append(zone / "energy_uj")
    return counters


@contextmanager
def running_meter(sysfs: Path, truth: Truth, *, children: bool = False) -> Iterator[Path]:
    """A second process that moves the counter of a tree by the CPU time of this process, or of those that it
    starts (`children`)."""
    [counter] = make_tree(sysfs, truth.range_j)
    command = [sys.executable, __file__, str(counter), str(-os.getpid() if children else os.getpid())]
    command += [f"--{name}={value}" for name, value in vars(truth).items()]
    process = subprocess.Popen(command, cwd=Path(__file__).resolve().parent.parent, env=_with_paths())
    try:
        yield counter
    finally:
        process.kill()
        process.wait()


def _with_paths() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}


def _cpu_s(pid: int) -> float:
    """CPU time of all threads of a process (s): nanoseconds since its start in the first field.

    A negative number stands for the processes that the process has started, the meter itself left out.
    """
    if pid < 0:
        tasks = Path(f"/proc/{-pid}/task").iterdir()
        started = {int(each) for task in tasks for each in (task / "children").read_text().split()}
        return sum(_cpu_s_or_0(each) for each in started - {os.getpid()})
    total = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        total += int((thread / "schedstat").read_text().split()[0])
    return total / 1e9


def _cpu_s_or_0(pid: int) -> float:
    try:
        return _cpu_s(pid)
    except OSError:  # it has just ended
        return 0.0


def _move(counter: Path, pid: int, truth: Truth) -> None:
    """Move the counter until the process has ended."""
    joules, before, cpu = random.random() * 0.9 * truth.range_j, time.monotonic(), _cpu_s(pid)
    while True:
        time.sleep(1.0 / truth.rate_hz)
        try:
            now, busy = time.monotonic(), _cpu_s(pid)
        except (OSError, IndexError):
            if not Path(f"/proc/{abs(pid)}").exists():
                return
            continue  # only a thread ended, between being listed and being read
        power = truth.idle_w * (now - before) + truth.cpu_w * max(0.0, busy - cpu)
        joules += max(0.0, power * (1.0 + truth.noise * random.gauss(0.0, 1.0)))
        before, cpu = now, busy
        shown = math.floor(joules / truth.step_j) * truth.step_j % truth.range_j
        beside = counter.with_name("energy_uj.new")
        beside.write_text(f"{shown * 1e6:.0f}\n")
        beside.replace(counter)  # a reader sees one value or the next, as in the system's own files


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("counter", type=Path)
    parser.add_argument("pid", type=int)
    for name, value in vars(Truth()).items():
        parser.add_argument(f"--{name}", type=float, default=value)
    options = vars(parser.parse_args())
    counter, pid = options.pop("counter"), options.pop("pid")
    _move(counter, pid, Truth(**options))


if __name__ == "__main__":
    _main()
