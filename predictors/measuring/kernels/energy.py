"""Energy of single kernels: each runs alone in a loop that is long enough for the sensor.

What a loop tells is the power that the machine draws while this kernel runs; its energy within a network is
that power times the time that it takes there (a loop finds its data in the cache, a network does not). The
loops are measured as networks are (`rounds`): in turns, with idle between, over several rounds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from data.errors import JouleLensError
from predictors.energy.own_kernels.models import LEAST_MS, MeasuredKernel
from predictors.energy.own_kernels.power import LoopedKernel
from predictors.fusing import fuse
from predictors.measuring.estimating import network_energy, network_latency
from predictors.measuring.kernels.profiling import RUNTIME
from predictors.measuring.kernels.sampling import Drawn
from predictors.measuring.networks import Asked
from predictors.measuring.record import Record
from predictors.measuring.rounds import CHANGES_PER_STRETCH, IDLE_S, LONGEST_S, Measuring, Plan
from predictors.measuring.sensors.sensor import Sensor
from predictors.measuring.trace import Sampler
from predictors.model.kernels import Kernel
from predictors.reading import read_model
from predictors.samples.random_weights import with_random_weights
from predictors.samples.single_kernel import kernel_network

MOST_KERNELS: Final = 24
"""Two minutes at four seconds each: power differs between kernels by tens of percent, not by their sizes."""
FEWEST_KERNELS: Final = 6
"""With fewer, the power of the whole networks says as much."""
LOOP_MS: Final = 0.05
"""A shorter kernel would be a loop of the calling program: that takes about 0.01 ms a turn."""
NETWORKS_READ: Final = 40
"""Networks from which kernels are chosen. Reading more takes time and finds few other kernels."""
SECONDS, ROUNDS = 4.0, 4
"""Per kernel, over all rounds."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One kernel to loop: of which network, its time there (ms), and its file."""

    kernel: Kernel
    network: str
    latency_ms: float
    content: bytes


@dataclass(frozen=True, slots=True)
class Looped:
    """What came of the loops: the kernels, how many are left out (refused by the runtime, or not told from
    idle), what failed, if anything did, and whether Ctrl-C ended it."""

    rows: tuple[LoopedKernel, ...] = ()
    left_out: int = 0
    failed: JouleLensError | None = None
    is_interrupted: bool = False


def looped_kernels(
    chosen: Sequence[Chosen], sensor: Sensor, threads: int, tell: Callable[[Record], None]
) -> Looped:
    """Loop each kernel under the sensor; Ctrl-C and a failing sensor end it early, what is complete stays."""
    record = Record({})
    failed, is_interrupted = None, False
    with tempfile.TemporaryDirectory() as folder:
        files = {str(Path(folder) / f"{at}.onnx"): each for at, each in enumerate(chosen)}
        for path, each in files.items():
            Path(path).write_bytes(each.content)
        plan = Plan(tuple(Asked(path) for path in files), SECONDS, ROUNDS, threads, is_repeated=False)
        try:
            Measuring(plan, sensor, record, tell).measure()
        except KeyboardInterrupt:
            is_interrupted = True
        except JouleLensError as error:
            failed = error
    rows = [row for path, each in files.items() if (row := _row(record, path, each)) is not None]
    begun = {each.network for each in record.stretches if each.n} | record.refused.keys()
    return Looped(tuple(rows), len(begun) - len(rows), failed, is_interrupted)


def _row(record: Record, key: str, chosen: Chosen) -> LoopedKernel | None:
    energy, latency = network_energy(record.stretches, key), network_latency(record.stretches, key)
    if energy is None or latency is None or energy.above_idle_mj <= 0.0:
        return None
    above_w = energy.above_idle_mj / latency.mean_ms
    return LoopedKernel(
        MeasuredKernel(chosen.kernel, chosen.latency_ms, chosen.network),
        loop_ms=latency.mean_ms,
        power_w=energy.idle_power_w + above_w,
        idle_power_w=energy.idle_power_w,
        above_idle_mj=energy.above_idle_mj,
        above_idle_low_mj=max(energy.low_mj, 0.0),
        above_idle_high_mj=energy.high_mj,
        n=latency.n,
    )


def pace_of(sensor: Sensor) -> float:
    """Time between two new values (s), as the sensor really has it.

    Raises InputError MEASURE_SENSOR_STILL, MEASURE_SENSOR_GONE, MEASURE_ON_CHARGER.
    """
    with Sampler(sensor) as sampler:
        return sampler.find_change_s(LONGEST_S)


def how_many(change_s: float, seconds: float) -> int:
    """Kernels that a sensor with a new value every `change_s` can tell apart in so many seconds, idle between
    the rounds included; 0 where it is too slow for that."""
    least_s = CHANGES_PER_STRETCH * change_s
    left_s = seconds - (ROUNDS + 1) * max(IDLE_S, least_s)
    count = min(MOST_KERNELS, int(left_s / (max(SECONDS / ROUNDS, least_s) * ROUNDS)))
    return count if count >= FEWEST_KERNELS else 0


def chosen_kernels(rows: Sequence[MeasuredKernel], drawn: Sequence[Drawn], most: int) -> list[Chosen]:
    """Kernels of every kind, from short to long; the more time a kind takes, the more of it."""
    times = {_key(row.kernel): row.latency_ms for row in rows if row.latency_ms >= LOOP_MS}
    measured = {row.network for row in rows}
    found: dict[tuple[Any, ...], tuple[Drawn, Kernel]] = {}
    for each in [network for network in drawn if network.name in measured][:NETWORKS_READ]:
        for kernel in fuse(read_model(each.build()), RUNTIME).kernels:
            if (key := _key(kernel)) in times:
                found.setdefault(key, (each, kernel))
    picked = _spread_over_kinds({key: times[key] for key in found}, rows, most)
    return _files([(found[key][0], found[key][1], times[key]) for key in picked])


def _spread_over_kinds(
    times: Mapping[tuple[Any, ...], float], rows: Sequence[MeasuredKernel], most: int
) -> list[tuple[Any, ...]]:
    spent: dict[str, float] = {}
    for row in rows:
        spent[row.kernel.kind.value] = spent.get(row.kernel.kind.value, 0.0) + max(row.latency_ms, LEAST_MS)
    by_kind: dict[str, list[tuple[Any, ...]]] = {}
    for key in sorted(times, key=lambda each: times[each]):
        by_kind.setdefault(key[0], []).append(key)
    picked: list[tuple[Any, ...]] = []
    kinds = sorted(by_kind, key=lambda kind: -spent[kind])[:most]
    total = sum(spent[kind] for kind in kinds)
    for at, kind in enumerate(kinds):
        keys, left = by_kind[kind], most - len(picked) - (len(kinds) - at - 1)
        count = min(len(keys), left, max(1, round(most * spent[kind] / total)))
        # Evenly from the shortest to the longest, the longest among them.
        picked += [keys[(len(keys) - 1) * (place + 1) // count] for place in range(count)]
    return list(dict.fromkeys(picked))


def _files(picked: Sequence[tuple[Drawn, Kernel, float]]) -> list[Chosen]:
    chosen = []
    for drawn in dict.fromkeys(each for each, _, _ in picked):
        content = drawn.build()
        graph, weighted = read_model(content), with_random_weights(content)
        for owner, kernel, latency_ms in picked:
            if owner is drawn and (part := kernel_network(weighted, graph, kernel)) is not None:
                chosen.append(Chosen(kernel, drawn.name, latency_ms, part))
    return chosen


def _key(kernel: Kernel) -> tuple[Any, ...]:
    """What tells kernels apart that are of one kind: configuration and sizes."""
    sizes = (kernel.macs, kernel.params, kernel.input_elements, kernel.output_elements)
    config = kernel.config
    shape = (config.out_h, config.out_w, config.c_in, config.c_out, config.kernel_h, config.stride_h)
    return kernel.kind.value, *sizes, *shape
