"""Estimate a network on devices: the one function that pages, command line and notebooks call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from data.messages import Message
from data.version import DATA_VERSION
from predictors.energy.applications.cells import WHY_LEFT_OUT, application_settings
from predictors.energy.applications.estimate import with_application
from predictors.energy.applications.targets import application_devices
from predictors.energy.evidence import unsupported_names
from predictors.energy.p40.cpu import DEVICE_ID
from predictors.energy.phones.predictor import source_estimate
from predictors.errors import InputError, printable
from predictors.fusing import fuse
from predictors.measured.networks import measured_figures, measured_targets, names_of
from predictors.model.graph import Graph, Shape
from predictors.model.kernels import FusedModel
from predictors.model.shared_work import shared_work
from predictors.reading import read_isolated, read_model
from predictors.registry import find_targets, left_out, predictor, predictor_for, targets_for
from predictors.results.estimates import Estimate, Evidence, Note
from predictors.results.report import ModelInput, ModelReport, ModelSummary, NotEstimated
from predictors.results.targets import Target
from predictors.samples.reference import REFERENCE_DNNS
from predictors.version import METHOD_VERSION

SUMMARY_RUNTIME = "tflite-cpu"
MOST_FIGURES = 150_000
"""Kernels times targets of one report: beyond it, reports take gigabytes; no known network comes near."""
LARGE_BYTES = 100_000_000
"""Taking the checksum of a file of this size lasts about as long as loading a predictor."""
MEASURED_PRECISIONS = frozenset({"fp32", "int8"})


def estimate_model(
    source: bytes | memoryview | Path | str,
    *,
    device: str | None = None,
    delegate: str | None = None,
    precision: str | None = None,
    shapes: Mapping[str, Shape] | None = None,
    isolated: bool = True,
) -> ModelReport:
    """Energy (mJ), latency (ms) and power (W) per inference of a model (ONNX or TensorFlow Lite), with
    80 % intervals.

    `source` is the file's bytes or its path. `device`, `delegate` and `precision` narrow the targets (all
    that match are estimated; the precision defaults to the model's own, or to what the device has). `shapes`
    sets open input dimensions, for example {"input": (1, 3, 224, 224)}. `isolated` reads the file in a
    process of its own with limits on time and memory; without, a hostile file may take this process down, for
    a start of the reader (a quarter of a second, once) less.

    Raises ModelError when the file can't be read and InputError when a name or option does not exist, when
    the only target asked for has too little evidence or no figure for any kernel, or when the network is too
    large for what was asked.
    """
    read = read_isolated if isolated else read_model
    file = Path(source) if isinstance(source, str) else source
    graph = read_meanwhile_loading(read, file, shapes, (device, delegate, precision))
    name = file.stem if isinstance(file, Path) else ""
    return estimate_graph(graph, device=device, delegate=delegate, precision=precision, name=name)


def read_meanwhile_loading(
    read: Callable[..., Graph],
    source: bytes | memoryview | Path,
    shapes: Mapping[str, Shape] | None,
    asked: tuple[str | None, str | None, str | None],
) -> Graph:
    """Return `read(source, shapes=shapes)`, and load the predictors that will be asked for in the meantime.

    `asked` is device, delegate and precision. Only for a large file and a certain device: the checksum of
    others is taken before a predictor is there. Raises what `read` raises.
    """
    device, delegate, precision = asked
    if device is None or not _takes_long(source):
        return read(source, shapes=shapes)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read, source, shapes=shapes)
        with suppress(InputError):  # told by whoever estimates, once the file is known to be sound
            for target in find_targets(device, delegate, precision or "fp32"):
                predictor_for(target)
        return reading.result()


def _takes_long(source: bytes | memoryview | Path) -> bool:
    """Whether the checksum of a file takes so long that predictors can be loaded meanwhile."""
    return isinstance(source, Path) and source.is_file() and source.stat().st_size > LARGE_BYTES


def estimate_graph(
    graph: Graph,
    *,
    device: str | None = None,
    delegate: str | None = None,
    precision: str | None = None,
    name: str = "",
) -> ModelReport:
    """The same for a network that has been read already. `name` replaces an empty or generic graph name."""
    if precision is None:
        chosen = targets_for(default_precision(graph), device, delegate)
    else:
        chosen = find_targets(device, delegate, precision)
    with shared_work():
        everywhere = device is None and delegate is None
        return _report(graph, chosen, name, "" if device is not None else left_out(), everywhere)


def _report(graph: Graph, chosen: Sequence[Target], name: str, unasked: str, everywhere: bool) -> ModelReport:
    fused: dict[str, FusedModel] = {}
    kernels = len(_fused(graph, SUMMARY_RUNTIME, fused).kernels)
    if len(chosen) > 1 and len(chosen) * kernels > MOST_FIGURES:
        raise InputError(
            "MODEL_TOO_COMPLEX",
            "The model has {kernels:,} kernels, too many to estimate on {chosen} devices and "
            "delegates at once. Choose one device and delegate.",
            kernels=kernels,
            chosen=len(chosen),
        )
    names = names_of(_fused(graph, SUMMARY_RUNTIME, fused))
    estimates: list[Estimate] = []
    failures: list[NotEstimated] = []
    for target in chosen:
        try:
            estimates.append(_estimate(graph, target, fused, names))
        except InputError as error:
            if len(chosen) == 1:
                raise
            reason = Note(error.code, error.message)
            failures.append(_gap((target.device_id, target.delegate, target.precision), reason, names))
    if everywhere:
        failures += _measured_only(names, chosen)
    summary = summarise(graph, _fused(graph, SUMMARY_RUNTIME, fused), name)
    return ModelReport(summary, tuple(estimates), tuple(failures), DATA_VERSION, METHOD_VERSION, unasked)


def _gap(place: tuple[str, str, str], reason: Note, names: frozenset[str]) -> NotEstimated:
    return NotEstimated(*place, reason, measured_figures(names, *place))


def _measured_only(names: frozenset[str], chosen: Sequence[Target]) -> list[NotEstimated]:
    """Where this very network was measured but nothing can be estimated, in the precisions asked for."""
    known = {(target.device_id, target.delegate, target.precision) for target in chosen}
    precisions = {target.precision for target in chosen}
    reason = Note(
        "NO_PREDICTOR",
        Message("This network was measured there, but there is no predictor for that device and delegate."),
    )
    return [
        _gap(place, reason, names)
        for place in measured_targets(names)
        if place not in known and place[2] in precisions
    ]


def default_precision(graph: Graph) -> str:
    """The model's own precision where devices were measured in it, else fp32."""
    return graph.precision if graph.precision in MEASURED_PRECISIONS else "fp32"


def _fused(graph: Graph, runtime: str, fused: dict[str, FusedModel]) -> FusedModel:
    if runtime not in fused:
        fused[runtime] = fuse(graph, runtime)
    return fused[runtime]


def _estimate(graph: Graph, target: Target, fused: dict[str, FusedModel], names: frozenset[str]) -> Estimate:
    if target.evidence is Evidence.UNSUPPORTED:
        where = f"{target.device_id}, {target.delegate}, {target.precision}"
        raise InputError(
            "EVIDENCE_TOO_THIN",
            "No figure for {where}: {error_basis}. Choose another delegate, precision or device.",
            where=where,
            error_basis=target.error_basis,
        )
    model = _fused(graph, target.runtime, fused)
    estimate = predictor_for(target).estimate(model)
    if estimate.evidence is Evidence.UNSUPPORTED:
        raise InputError("NO_FIGURE", _without_figure(estimate))
    estimate = _in_scope(estimate, target, _fused(graph, SUMMARY_RUNTIME, fused), names)
    return replace(
        estimate,
        warnings=(*graph_notes(graph, target.precision), *estimate.warnings),
        measured=measured_figures(names, target.device_id, target.delegate, target.precision),
    )


def _in_scope(estimate: Estimate, target: Target, model: FusedModel, names: frozenset[str]) -> Estimate:
    """The estimate in the scope of its target: on phones the application, where one can be estimated.

    `model`: the network fused for TensorFlow Lite's CPU runtime, `names`: what the bundle calls it.
    """
    if target.device_id not in application_devices():
        return replace(estimate, scope=target.scope)
    left_out = application_settings().left_out
    dnns = [dnn for dnn, (name, _) in REFERENCE_DNNS.items() if name in names and dnn in left_out]
    source = partial(source_estimate, predictor(DEVICE_ID, "cpu", "fp32"), model)
    return with_application(estimate, target, source, WHY_LEFT_OUT[dnns[0]] if dnns else "")


def _without_figure(estimate: Estimate) -> str:
    where = f"{estimate.device_id}, {estimate.delegate}, {estimate.precision}"
    if not estimate.kernels:
        return Message(
            "No figure for {where}: the network only rearranges its input, nothing of it runs as a "
            "kernel. Export the whole network with an example input.",
            where=where,
        )
    listed = unsupported_names(estimate.kernels)
    return Message(
        "No figure for {where}: there is none for any of the network's kernels: {listed}. Choose "
        "another device or delegate.",
        where=where,
        listed=listed,
    )


def graph_notes(graph: Graph, precision: str) -> tuple[Note, ...]:
    """Warnings that come from the file itself: dimensions that were filled in, another precision."""
    notes = [
        Note(
            "DIMENSION_DEFAULTED",
            Message(
                "Input {input_name} leaves dimension {axis} ({symbol}) open; {value} was used. Give "
                "the shape to change it.",
                input_name=printable(item.input_name),
                axis=item.axis,
                symbol=printable(item.symbol) or "unnamed",
                value=item.value,
            ),
        )
        for item in graph.defaulted
    ]
    if graph.precision != precision:
        message = Message(
            "The file holds a {precision} model; the estimate is for it run in {target}.",
            precision=graph.precision,
            target=precision,
        )
        notes.append(Note("PRECISION_DIFFERS", message))
    return tuple(notes)


def summarise(graph: Graph, model: FusedModel, name: str = "") -> ModelSummary:
    """The network in numbers; `model` is the graph fused for TensorFlow Lite's CPU runtime."""
    inputs = tuple(_input(graph, tensor) for tensor in graph.inputs)
    return ModelSummary(
        name=name or graph.name,
        sha256=graph.sha256,
        inputs=inputs,
        macs=model.macs,
        params=graph.params,
        nodes=len(graph.nodes),
        kernels=len(model.kernels),
        precision=graph.precision,
        opset=graph.opset,
        producer=graph.producer,
        defaulted=graph.defaulted,
        file_format=graph.file_format,
    )


def _input(graph: Graph, name: str) -> ModelInput:
    tensor = graph.tensors.get(name)
    return ModelInput(name, graph.shape(name), "" if tensor is None else tensor.dtype)
