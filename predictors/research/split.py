"""Split computing: run the first kernels on the device, send what the rest needs, finish on a server.

A cut lies between two kernels of the execution order, so every branch is on one side of it or crosses it.
What crosses is sent: each tensor made before the cut (or given as an input) that a kernel behind it reads,
once. The answer that comes back, protocol overhead and the time a radio stays awake afterwards are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from data.messages import Message
from predictors.errors import InputError
from predictors.estimate import estimate_graph
from predictors.model.graph import Graph, Node, Tensor
from predictors.research.radio_links import Link
from predictors.research.split_result import Cut, Sent, Split, _Spent, _spent
from predictors.results.estimates import Estimate
from predictors.results.report import ModelReport

FLOAT_BYTES: dict[str, int] = {"fp32": 4, "fp16": 2, "int8": 1}
"""Bytes of an activation on the link, by precision."""
_OWN_BYTES: dict[str, int] = {
    "int64": 8, "uint64": 8, "int32": 4, "uint32": 4, "int16": 2, "uint16": 2, "int8": 1, "uint8": 1,
    "bool": 1, "complex64": 8, "complex128": 16,
}  # fmt: skip
INPUT = -1
"""Place of what is there before the first kernel."""
MOST_NAMED = 32
"""Tensors of one cut that are named, in order of making; all are counted and added up. Known networks send
fewer; a fan-out of thousands of branches would have millions of names."""
MOST_INPUT_BYTES = 10**12
"""Most bytes an input may take as a file: a terabyte."""


def split_graph(
    graph: Graph,
    link: Link,
    *,
    device: str,
    delegate: str,
    precision: str | None = None,
    send_precision: str | None = None,
    input_bytes: int | None = None,
    name: str = "",
) -> Split:
    """Estimate a network and every way to split it.

    `send_precision` is that of activations on the link (`fp32`, `fp16`, `int8`; the estimate's own if
    absent). `input_bytes` is what the input takes when it is sent as it is, for example a JPEG.
    Raises InputError as `estimate_graph` does, and OPTION_VALUE when several targets match.
    """
    report = estimate_graph(graph, device=device, delegate=delegate, precision=precision, name=name)
    return split_report(graph, report, link, send_precision=send_precision, input_bytes=input_bytes)


def split_report(
    graph: Graph,
    report: ModelReport,
    link: Link,
    *,
    send_precision: str | None = None,
    input_bytes: int | None = None,
) -> Split:
    """The same for a network that has been estimated already (one estimate)."""
    if len(report.estimates) != 1:
        names = ", ".join(f"{each.delegate} {each.precision}" for each in report.estimates)
        message = Message(
            "A network is split for one delegate at a time. Choose one of: {names}.", names=names or "none"
        )
        raise InputError("OPTION_VALUE", message)
    estimate = report.estimates[0]
    sending = send_precision or estimate.precision
    if sending not in FLOAT_BYTES:
        known = ", ".join(FLOAT_BYTES)
        raise InputError(
            "OPTION_VALUE",
            "Activations are sent in one of a few formats. Choose one of: {known}.",
            known=known,
        )
    if input_bytes is not None and not 0 <= input_bytes <= MOST_INPUT_BYTES:
        raise InputError(
            "OPTION_VALUE",
            "The input takes between 0 and {most:,} bytes. Change it and try again.",
            most=MOST_INPUT_BYTES,
        )
    places = node_places(graph, estimate)
    spent = _spent(estimate)
    left_out = impossible_cuts(graph, places, len(estimate.kernels))
    cuts = [
        _cut(estimate, spent, link, crossing, input_bytes)
        for crossing in crossings(graph, places, len(estimate.kernels), FLOAT_BYTES[sending])
        if crossing.kernels not in left_out
    ]
    return Split(report, link, sending, tuple(cuts), tuple(sorted(left_out)), input_bytes)


def node_places(graph: Graph, estimate: Estimate) -> dict[int, int]:
    """Place of the kernel each node belongs to, by the node's index.

    A node that costs nothing stands with the last kernel that makes one of its inputs, with the first kernel
    where it reads inputs of the network only.
    """
    places = {
        index: place for place, part in enumerate(estimate.kernels) for index in part.kernel.node_indices
    }
    makers = _makers(graph)
    for node in graph.nodes:
        if node.index not in places:
            read = [places[makers[tensor].index] for tensor in node.inputs if tensor in makers]
            places[node.index] = max(read, default=0)
    return places


def _makers(graph: Graph) -> dict[str, Node]:
    return {output: node for node in graph.nodes for output in node.outputs if output}


def tensor_reads(graph: Graph, places: Mapping[int, int]) -> list[tuple[str, int, int]]:
    """Return (tensor, place it is made at, place it is read at) for every tensor read that is no constant."""
    made = dict.fromkeys(graph.inputs, INPUT)
    made |= {tensor: places[node.index] for tensor, node in _makers(graph).items()}
    return [
        (tensor, made[tensor], places[node.index])
        for node in graph.nodes
        for tensor in node.inputs
        if tensor in made and not _is_constant(graph, tensor)
    ]


def _is_constant(graph: Graph, name: str) -> bool:
    tensor = graph.tensors.get(name)
    return tensor is not None and tensor.is_constant


@dataclass(frozen=True, slots=True)
class Crossing:
    """What crosses the cut after `kernels` kernels: the first of the tensors, how many, and their bytes.

    `size_bytes` is None where the size of one of them is unknown.
    """

    kernels: int
    first: tuple[Sent, ...]
    tensors: int
    size_bytes: int | None


def crossings(graph: Graph, places: Mapping[int, int], kernels: int, float_bytes: int) -> Iterator[Crossing]:
    """What crosses each cut, for 0 to `kernels` kernels on the device; one walk over all of them.

    Tensors stand in order of making. A tensor enters the walk once and leaves it once.
    """
    enters: dict[int, list[Sent]] = {}
    leaves: dict[int, list[str]] = {}
    for sent, made_at, last_read in _crossing_tensors(graph, places, float_bytes):
        enters.setdefault(made_at + 1, []).append(sent)
        leaves.setdefault(last_read + 1, []).append(sent.name)
    live: dict[str, Sent] = {}
    known_bytes, unknown = 0, 0
    for cut in range(kernels + 1):
        gone = [live.pop(name) for name in leaves.get(cut, ())]
        come = enters.get(cut, [])
        live |= {sent.name: sent for sent in come}
        known_bytes += _known_bytes(come) - _known_bytes(gone)
        unknown += _unknown(come) - _unknown(gone)
        first = tuple(islice(live.values(), MOST_NAMED))
        yield Crossing(cut, first, len(live), None if unknown else known_bytes)


def _crossing_tensors(
    graph: Graph, places: Mapping[int, int], float_bytes: int
) -> list[tuple[Sent, int, int]]:
    """(tensor, place it is made at, place it is last read at) of all that cross a cut, in order of making."""
    last_read: dict[str, int] = {}
    made: dict[str, int] = {}
    for tensor, made_at, read_at in tensor_reads(graph, places):
        made[tensor] = made_at
        last_read[tensor] = max(read_at, last_read.get(tensor, INPUT))
    return [
        (Sent(name, _size(graph.tensors.get(name), float_bytes)), made_at, last_read[name])
        for name, made_at in sorted(made.items(), key=lambda item: item[1])
        if last_read[name] > made_at
    ]


def _known_bytes(tensors: Sequence[Sent]) -> int:
    return sum(each.size_bytes or 0 for each in tensors)


def _unknown(tensors: Sequence[Sent]) -> int:
    return sum(each.size_bytes is None for each in tensors)


def impossible_cuts(graph: Graph, places: Mapping[int, int], kernels: int) -> set[int]:
    """Cuts with a kernel on the device that needs what a kernel on the server makes."""
    # +1 where a stretch of such cuts begins, -1 behind its end: stretches may overlap by thousands.
    steps = [0] * (kernels + 2)
    for _, made, read in tensor_reads(graph, places):
        if made > read:
            steps[min(read + 1, kernels + 1)] += 1
            steps[min(made, kernels) + 1] -= 1
    return {cut for cut, stretches in enumerate(accumulate(steps[:-1])) if stretches > 0}


def _size(tensor: Tensor | None, float_bytes: int) -> int | None:
    if tensor is None or tensor.shape is None:
        return None
    return tensor.elements * _OWN_BYTES.get(tensor.dtype, float_bytes)


def _cut(estimate: Estimate, spent: _Spent, link: Link, crossing: Crossing, input_bytes: int | None) -> Cut:
    count = crossing.kernels
    computed, latency = spent.energy_mj[count], spent.latency_ms[count]
    size = input_bytes if count == 0 and input_bytes is not None else crossing.size_bytes
    send_mj, send_ms = (math.nan, math.nan) if size is None else (link.send_mj(size), link.send_ms(size))
    rest = spent.latency_ms[-1] - latency
    server_ms = rest / link.server_speedup if link.server_speedup else 0.0
    trip = link.round_trip_ms if count < len(estimate.kernels) else 0.0
    return Cut(
        kernels=count,
        after=estimate.kernels[count - 1].kernel.name if count else "",
        sent=crossing.first,
        tensors=crossing.tensors,
        sent_bytes=size,
        device_energy_mj=computed,
        device_latency_ms=latency,
        send_energy_mj=send_mj,
        send_ms=send_ms,
        server_ms=server_ms,
        energy_mj=computed + send_mj,
        # What a device computes and what its radio takes err independently of each other.
        energy_mj_low=computed + send_mj - math.hypot(spent.low.width_mj(0, count), link.low_mj(send_mj)),
        energy_mj_high=computed + send_mj + math.hypot(spent.high.width_mj(0, count), link.high_mj(send_mj)),
        latency_ms=latency + send_ms + trip + server_ms,
    )
