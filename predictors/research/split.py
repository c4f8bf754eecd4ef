"""Split computing: run the first kernels on the device, send what the rest needs, finish on a server.

A cut lies between two kernels of the execution order, so every branch is on one side of it or crosses it.
What crosses is sent: each tensor made before the cut (or given as an input) that a kernel behind it reads,
once. The answer that comes back, protocol overhead and the time a radio stays awake afterwards are left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from predictors.errors import InputError
from predictors.estimate import estimate_graph
from predictors.model.graph import Graph, Node, Tensor
from predictors.research.radio_links import Link
from predictors.research.split_result import Cut, Sent, Split, _Spent, _spent
from predictors.results.estimates import Estimate
from predictors.results.report import ModelReport

if TYPE_CHECKING:
    pass

FLOAT_BYTES: dict[str, int] = {"fp32": 4, "fp16": 2, "int8": 1}
"""Bytes of an activation on the link, by precision."""
_OWN_BYTES: dict[str, int] = {
    "int64": 8, "uint64": 8, "int32": 4, "uint32": 4, "int16": 2, "uint16": 2, "int8": 1, "uint8": 1,
    "bool": 1, "complex64": 8, "complex128": 16,
}  # fmt: skip
INPUT = -1
"""Place of what is there before the first kernel."""


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
        message = f"A network is split for one delegate at a time; choose one of: {names or 'none'}."
        raise InputError("OPTION_VALUE", message)
    estimate = report.estimates[0]
    sending = send_precision or estimate.precision
    if sending not in FLOAT_BYTES:
        known = ", ".join(FLOAT_BYTES)
        raise InputError(
            "OPTION_VALUE", "Activations can be sent as {known}; choose one of them.", known=known
        )
    if input_bytes is not None and input_bytes < 0:
        raise InputError("OPTION_VALUE", "The input takes 0 or more bytes. Change it and try again.")
    places = node_places(graph, estimate)
    spent = _spent(estimate)
    live = live_tensors(graph, places, len(estimate.kernels))
    left_out = impossible_cuts(graph, places, len(estimate.kernels))
    cuts = [
        _cut(estimate, spent, link, count, _sizes(graph, names, FLOAT_BYTES[sending]), input_bytes)
        for count, names in enumerate(live)
        if count not in left_out
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


def _reads(graph: Graph, places: Mapping[int, int]) -> list[tuple[str, int, int]]:
    """(tensor, place it is made at, place it is read at) for every tensor read that is not a constant."""
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


def live_tensors(graph: Graph, places: Mapping[int, int], kernels: int) -> list[list[str]]:
    """Names of what crosses each cut, for 0 to `kernels` kernels on the device, in order of making."""
    last_read: dict[str, int] = {}
    made: dict[str, int] = {}
    for tensor, made_at, read_at in _reads(graph, places):
        made[tensor] = made_at
        last_read[tensor] = max(read_at, last_read.get(tensor, INPUT))
    live: list[list[str]] = [[] for _ in range(kernels + 1)]
    for tensor, made_at in sorted(made.items(), key=lambda item: item[1]):
        for cut in range(made_at + 1, last_read[tensor] + 1):
            live[cut].append(tensor)
    return live


def impossible_cuts(graph: Graph, places: Mapping[int, int], kernels: int) -> set[int]:
    """Cuts with a kernel on the device that needs what a kernel on the server makes."""
    backward = [(made, read) for _, made, read in _reads(graph, places) if made > read]
    return {cut for made, read in backward for cut in range(read + 1, min(made, kernels) + 1)}


def _sizes(graph: Graph, names: Sequence[str], float_bytes: int) -> tuple[Sent, ...]:
    return tuple(Sent(name, _size(graph.tensors.get(name), float_bytes)) for name in names)


def _size(tensor: Tensor | None, float_bytes: int) -> int | None:
    if tensor is None or tensor.shape is None:
        return None
    return tensor.elements * _OWN_BYTES.get(tensor.dtype, float_bytes)


def _cut(
    estimate: Estimate, spent: _Spent, link: Link, count: int, sent: tuple[Sent, ...], input_bytes: int | None
) -> Cut:
    computed, latency = spent.energy_mj[count], spent.latency_ms[count]
    size = input_bytes if count == 0 and input_bytes is not None else _total(sent)
    send_mj, send_ms = (math.nan, math.nan) if size is None else (link.send_mj(size), link.send_ms(size))
    rest = spent.latency_ms[-1] - latency
    server_ms = rest / link.server_speedup if link.server_speedup else 0.0
    trip = link.round_trip_ms if count < len(estimate.kernels) else 0.0
    return Cut(
        kernels=count,
        after=estimate.kernels[count - 1].kernel.name if count else "",
        sent=sent,
        sent_bytes=size,
        device_energy_mj=computed,
        device_latency_ms=latency,
        send_energy_mj=send_mj,
        send_ms=send_ms,
        server_ms=server_ms,
        energy_mj=computed + send_mj,
        energy_mj_low=computed - spent.low.width_mj(0, count) + send_mj,
        energy_mj_high=computed + spent.high.width_mj(0, count) + send_mj,
        latency_ms=latency + send_ms + trip + server_ms,
    )


def _total(sent: Sequence[Sent]) -> int | None:
    sizes = [each.size_bytes for each in sent]
    return None if None in sizes else sum(size for size in sizes if size is not None)
