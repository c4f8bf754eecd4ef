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
from predictors.energy.basis import is_optimised, why_no_total
from predictors.energy.device_limits import check_fits, held_within, limits_of, memory_notes
from predictors.energy.evidence import unsupported_names
from predictors.energy.p40.cpu import DEVICE_ID
from predictors.errors import InputError
from predictors.fusing.network import Network
from predictors.fusing.recent import RECENT
from predictors.measured.networks import measured_figures, measured_targets, names_of
from predictors.model.graph import Graph, Shape
from predictors.model.kernels import FusedModel, KernelKind
from predictors.model.memory import MemoryNeed
from predictors.model.reference_networks import REFERENCE_DNNS
from predictors.model.shared_work import once, shared_work
from predictors.reading import read_isolated, read_model
from predictors.registry import find_targets, left_out, predictor, predictor_for, targets, targets_for
from predictors.results.estimates import Estimate, Evidence, Note
from predictors.results.graph_notes import graph_notes
from predictors.results.report import ModelInput, ModelReport, ModelSummary, NotEstimated
from predictors.results.targets import Target, estimated_once
from predictors.version import METHOD_VERSION

SUMMARY_RUNTIME = "tflite-cpu"
SOURCE = (DEVICE_ID, "cpu", "fp32")
"""What all phones are scaled from: estimated once for all of them."""
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
    large for what was asked. Where operators without a figure hold weights, subgraphs or most of the work,
    there is no total: the target is in the report's `not_estimated`, with what is missing and what to do.
    """
    read = read_isolated if isolated else read_model
    file = Path(source) if isinstance(source, str) else source
    network = RECENT.find(file, shapes)
    if network is None:
        graph = read_meanwhile_loading(read, file, shapes, (device, delegate, precision))
        network = RECENT.keep(Network(graph, file.stem if isinstance(file, Path) else ""), file, shapes)
    return report_of(network, device=device, delegate=delegate, precision=precision)


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
    graph: Graph | Network,
    *,
    device: str | None = None,
    delegate: str | None = None,
    precision: str | None = None,
    name: str = "",
) -> ModelReport:
    """The same for a network that has been read already, but with a raised error where the only target
    asked for has no total to show (NO_BASIS, DOES_NOT_FIT). `name` replaces an empty or generic graph name.
    """
    return _with_a_total(report_of(graph, device=device, delegate=delegate, precision=precision, name=name))


def estimate_on(network: Network, target: Target) -> ModelReport:
    """The estimate of a network for one target. Raises InputError as `estimate_graph` does."""
    with shared_work(network.carried):
        return _with_a_total(_report(network, (target,), "", everywhere=False))


def _with_a_total(report: ModelReport) -> ModelReport:
    if not report.estimates and len(report.not_estimated) == 1:
        reason = report.not_estimated[0].reason
        raise refusal_of(reason)
    return report


def refusal_of(reason: Note) -> InputError:
    """The error that says what a note says, with its template and values for other languages."""
    message = reason.message
    if isinstance(message, Message):
        return InputError(reason.code, message.template, **message.values)
    return InputError(reason.code, message)


def report_of(
    graph: Graph | Network, *, device: str | None, delegate: str | None, precision: str | None, name: str = ""
) -> ModelReport:
    """Like `estimate_graph`, but a network without a total on the only target is in `not_estimated`."""
    network = graph if isinstance(graph, Network) else Network(graph, name)
    if precision is None:
        chosen = targets_for(default_precision(network.graph), device, delegate)
    else:
        chosen = find_targets(device, delegate, precision)
    with shared_work(network.carried):
        everywhere = device is None and delegate is None
        return _report(network, chosen, "" if device is not None else left_out(), everywhere=everywhere)


def _report(network: Network, chosen: Sequence[Target], unasked: str, *, everywhere: bool) -> ModelReport:
    usual = network.fused(SUMMARY_RUNTIME)
    kernels = len(usual.kernels)
    if len(chosen) > 1 and len(chosen) * kernels > MOST_FIGURES:
        raise InputError(
            "MODEL_TOO_COMPLEX",
            "The model has {kernels:,} kernels, too many to estimate on {chosen} devices and "
            "delegates at once. Choose one device and delegate.",
            kernels=kernels,
            chosen=len(chosen),
        )
    names = names_of(usual)
    need = network.need
    estimates: list[Estimate] = []
    failures: list[NotEstimated] = []
    for target in chosen:
        try:
            estimates.append(_estimate(network, target, names, need))
        except InputError as error:
            if len(chosen) == 1 and error.code not in NO_TOTAL:
                raise
            reason = Note(error.code, error.message)
            failures.append(_gap((target.device_id, target.delegate, target.precision), reason, names))
    if everywhere:
        failures += _measured_only(names, {target.precision for target in chosen})
    summary = replace(
        summarise(network.graph, usual, network.name),
        peak_memory_bytes=need.peak,
        weights_bytes=need.weights,
    )
    return ModelReport(summary, tuple(estimates), tuple(failures), DATA_VERSION, METHOD_VERSION, unasked)


def _gap(place: tuple[str, str, str], reason: Note, names: frozenset[str]) -> NotEstimated:
    return NotEstimated(*place, reason, measured_figures(names, *place))


def _measured_only(names: frozenset[str], precisions: set[str]) -> list[NotEstimated]:
    """Where this very network was measured but nothing can be estimated, in the precisions asked for."""
    known = {(target.device_id, target.delegate, target.precision) for target in targets()}
    reason = Note(
        "NO_PREDICTOR",
        Message("This network was measured there, but there is no predictor for that device and delegate."),
    )
    return [
        _gap(place, reason, names)
        for place in measured_targets(names)
        if place not in known and place[2] in precisions
    ]


NO_TOTAL = ("NO_BASIS", "MODEL_OPTIMISED", "DOES_NOT_FIT")
"""Reasons that lie in the network, so that its report is worth having without a figure."""


def default_precision(graph: Graph) -> str:
    """The model's own precision where devices were measured in it, else fp32."""
    return graph.precision if graph.precision in MEASURED_PRECISIONS else "fp32"


def _estimate(network: Network, target: Target, names: frozenset[str], need: MemoryNeed) -> Estimate:
    if target.evidence is Evidence.UNSUPPORTED:
        where = f"{target.device_id}, {target.delegate}, {target.precision}"
        raise InputError(
            "EVIDENCE_TOO_THIN",
            "No figure for {where}: {error_basis}. Choose another delegate, precision or device.",
            where=where,
            error_basis=target.error_basis,
        )
    check_fits(target.device_id, need)
    model = network.fused(target.runtime)
    of_target = predictor_for(target)
    estimate = estimated_once(of_target, model)
    refusal = _refused(estimate, model, network.graph)
    if refusal is not None:
        raise refusal
    held = _in_scope(held_within(estimate), target, network.fused(SUMMARY_RUNTIME), names)
    of_file = partial(graph_notes, network.graph, target.precision)
    about_file = once("graph-notes", network.graph, of_file, target.precision)
    notes = (*about_file, *memory_notes(target.device_id, need))
    return replace(
        held,
        warnings=(*notes, *held.warnings),
        measured=measured_figures(names, target.device_id, target.delegate, target.precision),
        device_memory_bytes=limits_of(target.device_id).memory_bytes,
    )


def _in_scope(estimate: Estimate, target: Target, model: FusedModel, names: frozenset[str]) -> Estimate:
    """The estimate in the scope of its target: on phones the application, where one can be estimated.

    `model`: the network fused for TensorFlow Lite's CPU runtime, `names`: what the bundle calls it.
    """
    if target.device_id not in application_devices():
        return replace(estimate, scope=target.scope)
    left_out = application_settings().left_out
    dnns = [dnn for dnn, (name, _) in REFERENCE_DNNS.items() if name in names and dnn in left_out]
    source = partial(once, "source", model, lambda: estimated_once(predictor(*SOURCE), model))
    return with_application(estimate, target, source, WHY_LEFT_OUT[dnns[0]] if dnns else "")


def _refused(estimate: Estimate, model: FusedModel, graph: Graph) -> InputError | None:
    """Why an estimate must not be shown as a total; None where it may be."""
    where = f"{estimate.device_id}, {estimate.delegate}, {estimate.precision}"
    nowhere = once("nowhere", model, lambda: KernelKind.UNSUPPORTED in {k.kind for k in model.kernels})
    reason = why_no_total(estimate.kernels, where, graph.remarks) if nowhere else None
    if reason is not None:
        code = "MODEL_OPTIMISED" if is_optimised(estimate.kernels) else "NO_BASIS"
        return InputError(code, reason.template, **reason.values)
    if estimate.evidence is not Evidence.UNSUPPORTED:
        return None
    if not estimate.kernels:
        return InputError(
            "NO_FIGURE",
            "No figure for {where}: the network only rearranges its input, nothing of it runs as a kernel. "
            "Export the whole network with an example input.",
            where=where,
        )
    listed = unsupported_names(estimate.kernels)
    if nowhere:
        return InputError(
            "NO_FIGURE",
            "No figure for {where}: there is none anywhere for the network's kernels: {listed}. Export it "
            "with standard ONNX operators.",
            where=where, listed=listed,
        )  # fmt: skip
    return InputError(
        "NO_FIGURE",
        "No figure for {where}: there is none for any of the network's kernels: {listed}. Choose another "
        "device or delegate.",
        where=where, listed=listed,
    )  # fmt: skip


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
