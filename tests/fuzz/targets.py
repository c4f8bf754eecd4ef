"""What is fuzzed: where files of other people come in. Each target must answer, or refuse with a code."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hypothesis import strategies as st

from data.contribution.check import as_csv, check_csv, frame
from data.contribution.deepen2023 import check_deepen
from data.contribution.schema import template
from data.errors import DataError
from data.layout import ROOT as DATA
from data.tracing import TraceError, as_json, read_inferences, read_trace, summarise
from fuzz.mutation import damaged
from fuzz.networks import networks
from fuzz.small_doors import DOORS, gguf
from hostile.make_corpus import CORPUS
from predictors.errors import CodedError
from predictors.estimate import estimate_graph
from predictors.reading import read_isolated
from predictors.samples import sample_bytes
from test_gguf import LLAMA, TENSORS, header
from tflite_support import build as tflite
from tflite_support import small_network

STOPPED = frozenset({"MODEL_READER_CRASHED", "MODEL_READER_TIMEOUT", "MODEL_READER_MEMORY", "BUSY"})
"""Codes that no small file should end in: the reader had to be ended from outside."""
LEVELS = ("application", "kernel", "board")
TRACES = (
    b"time_s,power_w\n0.0,1.5\n0.1,1.6\n0.2,1.4\n0.3,1.5\n",
    b"timestamp_ms;voltage_v;current_ma\n1000;3.8;400\n1010;3.8;420\n1020;3.8;410\n",
    b"05-12-2024 10:00:00 RAM 1024/7859MB CPU [5%@1190] VDD_IN 4000mW/4000mW VDD_CPU 900mW/900mW\n"
    b"05-12-2024 10:00:01 RAM 1024/7859MB CPU [5%@1190] VDD_IN 4100mW/4050mW VDD_CPU 950mW/925mW\n",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A door for files: the files to try, and what is done with one. An exception from `run` is a finding."""

    name: str
    files: st.SearchStrategy[bytes]
    run: Callable[[bytes], None]


class ReaderStoppedError(Exception):
    """The isolated reader survived a file only because it was ended."""


def model(content: bytes) -> None:
    """Read a model, and estimate it if it is one."""
    try:
        graph = read_isolated(content)
        if len(graph.nodes) < 2_000:
            estimate_graph(graph, device="huawei-p40-pro", delegate="cpu")
    except CodedError as error:
        if error.code in STOPPED:
            raise ReaderStoppedError(error.message) from error


def trace(content: bytes) -> None:
    """Read a power recording and sum it up."""
    try:
        reading = read_trace(io.BytesIO(content))
    except TraceError:
        return
    summary = summarise(reading.recording)
    if not math.isfinite(summary.span.energy_j):
        raise ArithmeticError("the energy is not a number")
    json.dumps(as_json(summary, reading.recording), allow_nan=False)


def inferences(content: bytes) -> None:
    """Read the begin and end of inferences."""
    try:
        read_inferences(io.BytesIO(content))
    except DataError:
        return


def contribution(level: str, content: bytes) -> None:
    """Check a table of measurements; what is accepted must be accepted again when it is written out."""
    checked = check_csv(content, level)
    if checked.accepted:
        if len(frame(checked)) != len(checked.rows):
            raise AssertionError("rows were lost")
        if not check_csv(as_csv(checked).encode(), level).accepted:
            raise AssertionError("what was accepted is refused when written out")


def download(content: bytes) -> None:
    """Check a file of the DeepEn2023 download."""
    checked = check_deepen({"conv.json": content})
    if checked.accepted:
        frame(checked)


def model_files() -> list[bytes]:
    """The corpus, and some small networks."""
    whole = [sample_bytes(name) for name in ("alexnet", "squeezenet-1.1", "mobilenet-v3-small")]
    return whole + [path.read_bytes() for path in sorted(CORPUS.iterdir()) if path.stat().st_size < 20_000]


def trace_files() -> list[bytes]:
    """Recordings of the known forms, one of them compressed."""
    bundled = sorted((DATA / "traces").glob("rpi4*.power.csv.gz"))
    return [*TRACES, *(path.read_bytes() for path in bundled)]


INFERENCES = b"inference_index,start_us,end_us,duration_us\n0,1000,2000,1000\n1,2500,3500,1000\n"
DOWNLOAD = (
    b'{"conv-bn-relu": {"A1": {"config": {"HW": 14, "CIN": 8, "COUT": 8, "KERNEL_SIZE": 3, "STRIDES": 1}, '
    b'"energy": "1.5 +- 0.1", "power": 1500, "latency": "1.0"}}}'
)

GGUF = header(LLAMA, TENSORS)
TARGETS: dict[str, Callable[[], Target]] = {
    "reader": lambda: Target("reader", damaged(model_files()), model),
    "networks": lambda: Target("networks", networks(), model),
    "traces": lambda: Target("traces", damaged(trace_files()), trace),
    "inferences": lambda: Target("inferences", damaged([INFERENCES]), inferences),
    **{
        f"contribution-{level}": (
            lambda level=level: Target(
                f"contribution-{level}", damaged([template(level).encode()]), partial(contribution, level)
            )
        )
        for level in LEVELS
    },
    "download": lambda: Target("download", damaged([DOWNLOAD]), download),
    "tflite": lambda: Target("tflite", damaged([tflite(small_network())]), model),
    "gguf": lambda: Target("gguf", damaged([GGUF]), gguf),
    **{
        name: (lambda name=name, seeds=seeds, run=run: Target(name, damaged(seeds), run))
        for name, (seeds, run) in DOORS.items()
    },
}
FINDINGS = Path(__file__).resolve().parent / "findings"
