"""How long an estimate takes: every sample model, and every light model that the onnx package ships."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from app.methods.bench_words import ESTIMATE_TIMES
from bench.tables import Table, titled
from data.messages import Message
from predictors.fusing import fuse
from predictors.reading import read_model
from predictors.registry import predictor
from predictors.results.targets import DevicePredictor
from predictors.samples import CLASSIFIERS, sample_bytes

DEVICE, DELEGATE, PRECISION = "huawei-p40-pro", "cpu", "fp32"
REPEATS = 7


@dataclass(frozen=True, slots=True)
class EstimateTime:
    """One model: its kernels, and the median and worst time (ms) from its bytes to its estimate."""

    model: str
    origin: str
    kernels: int
    median_ms: float
    worst_ms: float


def light_models() -> dict[str, bytes]:
    """The small models among the onnx package's own test data: name -> file content."""
    spec = find_spec("onnx")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The onnx package is not installed.")
    files = sorted(Path(spec.origin).parent.rglob("light_*.onnx"))
    return {file.stem.removeprefix("light_"): file.read_bytes() for file in files}


def models() -> Iterator[tuple[str, str, bytes]]:
    """Name, origin and content of every model that is timed."""
    for sample_id in CLASSIFIERS:
        yield sample_id, "sample", sample_bytes(sample_id)
    for name, content in light_models().items():
        yield name, "light", content


def estimate_once(content: bytes, device: DevicePredictor) -> tuple[int, float]:
    """Kernels and time (ms) of reading, fusing and predicting one model."""
    begin = time.perf_counter()
    estimate = device.estimate(fuse(read_model(content), device.target.runtime))
    return len(estimate.kernels), 1000.0 * (time.perf_counter() - begin)


def measure(repeats: int = REPEATS) -> list[EstimateTime]:
    """Time every model `repeats` times in this process, after one estimate that fits the predictor."""
    device = predictor(DEVICE, DELEGATE, PRECISION)
    # As the server does once it is ready (app/server/warmup.py):
    # what stays for good is no work for the collector.
    gc.collect()
    gc.freeze()
    try:
        return [_time_of(name, origin, content, device, repeats) for name, origin, content in models()]
    finally:
        gc.unfreeze()


def _time_of(name: str, origin: str, content: bytes, device: DevicePredictor, repeats: int) -> EstimateTime:
    runs = [estimate_once(content, device) for _ in range(repeats + 1)][1:]
    spent = [ms for _, ms in runs]
    return EstimateTime(name, origin, runs[0][0], statistics.median(spent), max(spent))


def first_estimate_s() -> float:
    """Time (s) of the first estimate of this process: what it loads and fits included."""
    content = sample_bytes("mobilenet-v2")
    begin = time.perf_counter()
    estimate_once(content, predictor(DEVICE, DELEGATE, PRECISION))
    return time.perf_counter() - begin


def tables() -> list[Table]:
    """The times of all models; call it before anything else has used the predictor."""
    first_s = first_estimate_s()
    times = measure()
    middle = statistics.median(entry.median_ms for entry in times)
    worst = max(entry.worst_ms for entry in times)
    target = f"{DEVICE}, {DELEGATE}, {PRECISION}"
    note = Message(ESTIMATE_TIMES, target=target, times=REPEATS, median=middle, worst=worst, first=first_s)
    rows = tuple((one.model, one.origin, one.kernels, one.median_ms, one.worst_ms) for one in times)
    columns = ("model", "origin", "kernels", "median_ms", "worst_ms")
    return [titled("estimate-times", note, columns, rows)]
