"""Which networks to measure, their files with random weights, and running one of them in a loop."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from data.errors import WorkError
from data.messages import Message
from data.regular_files import read_small
from data.workers.scratch import scratch_folder
from predictors.energy.calibrated.conditioning import STANDARD_ORDER
from predictors.errors import InputError, printable
from predictors.reading.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    import onnxruntime

    from predictors.model.graph import Graph
    from predictors.samples import Precision

THREE: Final = ("mobilenet-v2-0.35-96", "mobilenet-v2-0.75-160", "mobilenet-v1-1.0-224")
"""A tiny, a middle and a large one: from these the ranges of all other networks become narrowest."""
GROUPS: Final = ("three", "reference", "samples")
INT8: Final = ":int8"
INTEGER_LAYERS: Final = (
    "QLinearConv", "ConvInteger", "QGemm", "QLinearMatMul", "MatMulInteger", "MatMulIntegerToFloat",
    "DynamicQuantizeMatMul", "QAttention",
)  # fmt: skip
FLOAT_LAYERS: Final = (
    "Conv", "FusedConv", "NhwcFusedConv", "ConvTranspose", "Gemm", "FusedGemm", "MatMul", "FusedMatMul",
)  # fmt: skip
QUANTILES: Final = 200
"""Latencies kept per stretch: evenly from the fastest to the slowest."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One network to measure: a sample, a board network of the standard order, or a file; and precision."""

    model: str
    precision: str = "fp32"

    @property
    def key(self) -> str:
        """How it is named in a list: the model, and `:int8` where it is not fp32."""
        return self.model + ("" if self.precision == "fp32" else f":{self.precision}")


def asked_networks(text: str) -> list[Asked]:
    """The networks of `--networks`: a group, or names and paths with commas between (`:int8` behind).

    Raises InputError OPTION_VALUE for a name that is none.
    """
    from predictors.samples import REFERENCE_DNNS, SAMPLES

    if text == "three":
        return [Asked(name) for name in THREE]
    if text == "reference":
        return [Asked(model, precision) for model, precision in REFERENCE_DNNS.values()]
    if text == "samples":
        return [Asked(name) for name in SAMPLES]
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    found = [Asked(name.removesuffix(INT8), "int8" if name.endswith(INT8) else "fp32") for name in names]
    known = {*SAMPLES, *STANDARD_ORDER}
    unknown = [each.model for each in found if each.model not in known and not each.model.endswith(".onnx")]
    if unknown or not found:
        raise InputError(
            "OPTION_VALUE",
            "{name} is no network that can be measured. Give three, reference, samples, or names of samples "
            "(`python -m predictors.samples DIR` writes them) and paths of .onnx files, with commas between.",
            name=printable(unknown[0] if unknown else text or "nothing"),
        )
    return found


def file_of(asked: Asked) -> bytes:
    """The ONNX file of a network, with random weights where it has none. Raises InputError, ModelError."""
    from predictors.energy.calibrated.calibration import network_file
    from predictors.samples import SAMPLES, sample
    from predictors.samples.random_weights import with_random_weights

    if asked.model in SAMPLES:
        precision: Precision = "int8" if asked.precision == "int8" else "fp32"
        return with_random_weights(sample(asked.model).build(precision=precision))
    if asked.model in STANDARD_ORDER:
        return with_random_weights(network_file(asked.model, asked.precision))
    try:
        return read_small(Path(asked.model), DEFAULT_LIMITS.file_bytes)
    except OSError as error:
        raise InputError(
            "INPUT_FILE",
            "{path} can't be read ({reason}). Give the path of an ONNX file.",
            path=printable(asked.model),
            reason=error.strerror or "unknown reason",
        ) from None


@dataclass(frozen=True)
class Loop:
    """How long a network ran: seconds, inferences, their latencies (ms) by the wall clock and by
    the thread's own (with one thread only), and CPU time of this process.
    """

    seconds: float
    latencies_ms: tuple[float, ...]
    thread_ms: tuple[float, ...]
    n: int
    cpu_s: float


class Running:
    """A network that the runtime has loaded, with one random input."""

    def __init__(self, asked: Asked, content: bytes, threads: int) -> None:
        """Load it. Raises InputError MEASURE_REFUSED where the runtime will not, and as `scratch_folder`."""
        self.asked, self.size, self._is_alone = asked, len(content), threads == 1
        self.note: Message | None = None
        try:
            if asked.precision == "fp32":
                self._session = _session(content, threads)
            else:
                self._session, graph = _with_optimised(content, threads)
                self.note = _said_of_integers(asked.key, graph)
            self._feed = random_feed(self._session)
            self._session.run(None, self._feed)
        except WorkError:
            raise
        except Exception as error:  # the runtime's own exceptions have no public base class
            raise InputError(
                "MEASURE_REFUSED",
                "ONNX Runtime does not run {model}: {reason}. Leave it out; the others go on.",
                model=printable(asked.key),
                reason=printable(" ".join(str(error).split()), 200),
            ) from None

    def warm_up(self, most_s: float = 5.0) -> float:
        """Run until five inferences take as long as the five before (within 5 %), at least 0.3 s.

        Returns their median (s).
        """
        taken: list[float] = []
        begin = time.perf_counter()
        while (spent := time.perf_counter() - begin) < most_s:
            taken.append(self.once())
            recent, before = np.median(taken[-5:]), np.median(taken[-10:-5] or taken[:1])
            # Settled: three runs and 0.3 s, and the last five within 5 % of the five before.
            if spent > 0.3 and len(taken) >= 3 and abs(recent - before) < 0.05 * before:
                break
        return float(np.median(taken[-5:]))

    def once(self) -> float:
        """Run one inference; returns how long it took (s)."""
        begin = time.perf_counter()
        self._session.run(None, self._feed)
        return time.perf_counter() - begin

    def loop(self, seconds: float, fewest: int = 3) -> Loop:
        """Run for so many seconds, and at least `fewest` times."""
        taken: list[float] = []
        on_core: list[float] = []
        cpu, begin = time.process_time(), time.perf_counter()
        while time.perf_counter() - begin < seconds or len(taken) < fewest:
            before = time.thread_time()
            taken.append(self.once())
            on_core.append(time.thread_time() - before)
        spent = time.perf_counter() - begin
        alone = _quantiles(on_core) if self._is_alone else ()
        return Loop(spent, _quantiles(taken), alone, len(taken), time.process_time() - cpu)


def _quantiles(taken_s: Sequence[float]) -> tuple[float, ...]:
    ordered = np.sort(1e3 * np.array(taken_s))
    if len(ordered) > QUANTILES:
        ordered = ordered[np.linspace(0, len(ordered) - 1, QUANTILES).round().astype(int)]
    return tuple(round(float(each), 4) for each in ordered)


def _with_optimised(content: bytes, threads: int) -> tuple[onnxruntime.InferenceSession, Graph]:
    """A session, and the graph that the runtime made of the file."""
    from predictors.reading import read_model

    with scratch_folder() as folder:
        path = folder / "optimised.onnx"
        session = _session(content, threads, path)
        return session, read_model(path)


def _said_of_integers(key: str, graph: Graph) -> Message:
    """How many layers with weights run in integers; the others fell back to float."""
    counts = Counter(node.op for node in graph.nodes)
    integer, floating = (sum(counts[name] for name in names) for names in (INTEGER_LAYERS, FLOAT_LAYERS))
    return Message(
        "{network}: ONNX Runtime ran {integer:,} of {layers:,} layers with weights in int8, the others in "
        "float.",
        network=printable(key),
        integer=integer,
        layers=integer + floating,
    )


def _session(content: bytes, threads: int, optimised: Path | None = None) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    if optimised is not None:
        options.optimized_model_filepath = str(optimised)
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3  # errors only: warnings about unused weights would cover the progress
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def random_feed(session: onnxruntime.InferenceSession) -> dict[str, NDArray[Any]]:
    """A random input for everything that a network asks for."""
    return {each.name: _random_input(each) for each in session.get_inputs()}


def _random_input(described: Any) -> NDArray[Any]:
    """An input of the declared shape, open dimensions as 1: normal numbers, or 0 and 1 for whole ones."""
    shape = [extent if isinstance(extent, int) and extent > 0 else 1 for extent in described.shape]
    random = np.random.default_rng(0)
    kinds = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}
    if described.type in kinds:
        return random.standard_normal(shape).astype(kinds[described.type])
    whole = {"tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(uint8)": np.uint8,
             "tensor(int8)": np.int8, "tensor(bool)": np.bool_}  # fmt: skip
    # Whole numbers are mostly indices into tables and masks: 0 and 1 are always allowed.
    return random.integers(0, 2, shape).astype(whole.get(described.type, np.int64))


class Loaded:
    """Loaded networks, as many as fit a quarter of the free memory; the oldest goes first."""

    SHARE: Final = 0.25  # the rest is for the runtime, the reader and other programs

    def __init__(self, threads: int) -> None:
        import psutil

        self._threads = threads
        self._most_bytes = self.SHARE * psutil.virtual_memory().available
        self._kept: dict[str, Running] = {}

    def get(self, asked: Asked) -> Running:
        """The network, loaded and warm. Raises InputError MEASURE_REFUSED and what `file_of` raises."""
        running = self._kept.pop(asked.key, None)
        if running is None:
            running = Running(asked, file_of(asked), self._threads)
        self._kept[asked.key] = running
        for key in self._too_many():
            del self._kept[key]
        return running

    def _too_many(self) -> Iterator[str]:
        # A loaded network takes its weights about twice: as stored and as arranged for the processor.
        total = sum(2 * each.size for each in self._kept.values())
        for key, each in list(self._kept.items())[:-1]:
            if total <= self._most_bytes:
                return
            total -= 2 * each.size
            yield key
