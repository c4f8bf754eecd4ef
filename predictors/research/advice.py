"""What would cost less: the kernels that take most, and what a lighter one in their place would cost.

Every figure comes from the predictor of the device asked about, which estimates the whole network again with
the lighter kernel in it: so that what a network costs besides its kernels, and a ratio that depends on its
size, are taken as they would be. What a change does to accuracy is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from predictors.errors import InputError
from predictors.model.kernel_rows import kernel_from_row
from predictors.model.kernels import FusedModel, Kernel, KernelKind
from predictors.registry import predictor
from predictors.results.estimates import Estimate, Evidence, KernelEstimate
from predictors.results.figures import Spread
from predictors.results.shared_error import Compared, difference_width_mj
from predictors.results.targets import DevicePredictor

TOP = 3  # kernels that get advice: they hold most of the energy
WORTHWHILE = 0.95
"""A replacement is named only if it saves more than is left to 1 of the kernel's energy."""

_REPLACED = frozenset({KernelKind.CONV, KernelKind.DWCONV, KernelKind.FC})


class Way(StrEnum):
    """How a kernel is made lighter."""

    SEPARABLE = "separable"
    SMALLER_WINDOW = "smaller-window"
    THINNER = "thinner"
    LOW_RANK = "low-rank"


@dataclass(frozen=True, slots=True)
class Replacement:
    """What could stand in a kernel's place: `way` and the `size` of its window or rank (0 for neither), its
    kernels, their energy (mJ) and time (ms) in the network, and how much less energy the network then takes
    (`saved_mj`, with its 80 % interval)."""

    way: Way
    size: int
    kernels: tuple[Kernel, ...]
    energy_mj: float
    energy_mj_low: float
    energy_mj_high: float
    latency_ms: float
    saved_mj: float
    saved_mj_low: float
    saved_mj_high: float
    evidence: Evidence


_Lighter: TypeAlias = tuple[Way, int, tuple[Kernel, ...]]
"""A way, its size, and the kernels."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One costly kernel with its share of the energy, and the cheaper replacements, cheapest first.

    The interval of a replacement of several kernels takes their errors as fully shared (ends add up).
    """

    part: KernelEstimate
    share: float
    replacements: tuple[Replacement, ...]


def advise(estimate: Estimate, top: int = TOP) -> tuple[Advice, ...]:
    """The `top` costliest kernels of an estimate with what would cost less in their place.

    Raises InputError for a target that is no longer known.
    """
    estimate = estimate.at_kernels()  # what a kernel saves is known at the kernels' own scale
    model = predictor(estimate.device_id, estimate.delegate, estimate.precision)
    costly = sorted(estimate.kernels, key=lambda part: -part.energy_mj)[:top]
    return tuple(
        Advice(part, _share(part, estimate), _cheaper(part, estimate, model))
        for part in costly
        if part.energy_mj > 0
    )


def lightened(estimate: Estimate, advice: Sequence[Advice]) -> Estimate:
    """Return the estimate of the network with the cheapest replacement of each costly kernel, all at once.

    An application moves in proportion to its kernels, as does its interval. Without any replacement the
    estimate itself. Raises InputError for a target that is no longer known.
    """
    best = {each.part.kernel.index: each.replacements[0].kernels for each in advice if each.replacements}
    if not best:
        return estimate
    network = [kernel for part in estimate.kernels for kernel in best.get(part.kernel.index, (part.kernel,))]
    ordered = tuple(replace(kernel, index=index) for index, kernel in enumerate(network))
    model = predictor(estimate.device_id, estimate.delegate, estimate.precision)
    changed = model.estimate(FusedModel(model.target.runtime, ordered))
    return _in_proportion(estimate, changed)


def _in_proportion(estimate: Estimate, changed: Estimate) -> Estimate:
    """The changed kernels in the scope of the estimate that they were changed in."""
    alone = estimate.kernel_sum
    energy = changed.energy_mj / alone.energy_mj if alone.energy_mj > 0 else 1.0
    time = changed.latency_ms / alone.latency_ms if alone.latency_ms > 0 else 1.0
    return replace(
        estimate,
        kernels=changed.kernels,
        energy_mj=estimate.energy_mj * energy,
        energy_mj_low=estimate.energy_mj_low * energy,
        energy_mj_high=estimate.energy_mj_high * energy,
        latency_ms=estimate.latency_ms * time,
        latency_ms_low=estimate.latency_ms_low * time,
        latency_ms_high=estimate.latency_ms_high * time,
        kernels_alone=None if estimate.kernels_alone is None else changed.kernel_sum,
        measured=(),
    )


def _share(part: KernelEstimate, estimate: Estimate) -> float:
    return part.energy_mj / estimate.energy_mj if estimate.energy_mj > 0 else 0.0


def _cheaper(part: KernelEstimate, estimate: Estimate, model: DevicePredictor) -> tuple[Replacement, ...]:
    """Replacements with which the network is predicted to take less, cheapest first."""
    found = [_replacement(lighter, part, estimate, model) for lighter in _candidates(part.kernel)]
    least_mj = (1.0 - WORTHWHILE) * part.energy_mj
    worth = [each for each in found if each is not None and each.saved_mj > least_mj]
    return tuple(sorted(worth, key=lambda each: each.energy_mj))


def _replacement(
    lighter: _Lighter, part: KernelEstimate, estimate: Estimate, model: DevicePredictor
) -> Replacement | None:
    """The network with lighter kernels in the place of one; None where the predictor has no figure for it."""
    way, size, kernels = lighter
    place = estimate.kernels.index(part)
    network = [each.kernel for each in estimate.kernels]
    network[place : place + 1] = kernels
    ordered = tuple(replace(kernel, index=index) for index, kernel in enumerate(network))
    try:
        changed = model.estimate(FusedModel(model.target.runtime, ordered))
    except InputError:
        return None
    parts = changed.kernels[place : place + len(kernels)]
    if any(each.evidence is Evidence.UNSUPPORTED for each in parts):
        return None
    saved = _saved(estimate, changed, part, parts)
    return Replacement(
        way,
        size,
        kernels,
        sum(each.energy_mj for each in parts),
        sum(each.energy_mj_low for each in parts),
        sum(each.energy_mj_high for each in parts),
        sum(each.latency_ms for each in parts),
        saved.value,
        saved.low,
        saved.high,
        max((each.evidence for each in parts), key=list(Evidence).index),
    )


def _saved(
    estimate: Estimate, changed: Estimate, part: KernelEstimate, parts: tuple[KernelEstimate, ...]
) -> Spread:
    """What the network saves (mJ): all other kernels are the same in both, so their errors cancel."""
    saved = estimate.energy_mj - changed.energy_mj
    width = difference_width_mj(Compared(changed, parts), Compared(estimate, (part,)))
    return Spread(saved, saved - width, saved + width)


def _candidates(kernel: Kernel) -> list[_Lighter]:
    """What could stand there; nothing for a kernel that a row of a table does not describe fully, such as a
    grouped, dilated or oblong convolution."""
    if not is_described(kernel):
        return []
    config = kernel.config
    if kernel.kind is KernelKind.CONV:
        return [_separable(kernel), _thinner(kernel)] if config.kernel_h > 1 else [_thinner(kernel)]
    if kernel.kind is KernelKind.DWCONV and config.kernel_h > 3:
        return [(Way.SMALLER_WINDOW, 3, (_built(kernel, kernel_size=3),))]
    # A quarter of fewer than eight units is a single one, no layer to speak of.
    if kernel.kind is KernelKind.FC and min(config.c_in, config.c_out) >= 8:
        return [_low_rank(kernel)]
    return []


def is_described(kernel: Kernel) -> bool:
    """Whether the columns of a row tell all that a convolution or fully connected layer is."""
    if kernel.kind not in _REPLACED or kernel.config.batch < 1:
        return False
    try:
        return _built(kernel).config == kernel.config
    except InputError:
        return False


def _separable(kernel: Kernel) -> _Lighter:
    config = kernel.config
    depthwise = _built(kernel, kernel="dwconv-bn-relu", c_out="")
    pointwise = _built(kernel, input_hw=config.out_h, kernel_size=1, stride=1)
    return Way.SEPARABLE, config.kernel_h, (depthwise, pointwise)


def _thinner(kernel: Kernel) -> _Lighter:
    config = kernel.config
    c_in = config.c_in if config.c_in <= 4 else max(3 * config.c_in // 4, 1)
    thin = _built(kernel, c_in=c_in, c_out=max(3 * config.c_out // 4, 1))
    return Way.THINNER, 0, (thin,)


def _low_rank(kernel: Kernel) -> _Lighter:
    config = kernel.config
    rank = min(config.c_in, config.c_out) // 4
    return Way.LOW_RANK, rank, (_built(kernel, c_out=rank), _built(kernel, c_in=rank))


def _built(base: Kernel, **changes: int | str) -> Kernel:
    """A kernel like this one with some columns of its row changed, for as many images or rows."""
    config = base.config
    row: dict[str, int | str] = {
        "kernel": base.kind.value,
        "input_hw": max(config.input_h, 1),
        "c_in": config.c_in,
        "c_out": config.c_out,
        "kernel_size": max(config.kernel_h, 1),
        "stride": config.stride_h,
        "padding": config.padding,
    }
    built = replace(kernel_from_row({**row, **changes}, base.index), precision=base.precision, name=base.name)
    return _for_rows(built, config.input_h) if base.kind is KernelKind.FC else _for_batch(built, config.batch)


def _for_rows(layer: Kernel, rows: int) -> Kernel:
    """A fully connected layer of one row, for so many of them."""
    config = layer.config
    repeated = replace(
        layer,
        config=replace(config, input_h=rows, out_h=rows),
        input_shapes=((rows, config.c_in),),
        output_shapes=((rows, config.c_out),),
    )
    return _repeated(repeated, rows)


def _for_batch(layer: Kernel, batch: int) -> Kernel:
    """A convolution of one image, for so many of them."""
    repeated = replace(
        layer,
        config=replace(layer.config, batch=batch),
        input_shapes=tuple((batch, *shape[1:]) for shape in layer.input_shapes),
        output_shapes=tuple((batch, *shape[1:]) for shape in layer.output_shapes),
    )
    return _repeated(repeated, batch)


def _repeated(layer: Kernel, times: int) -> Kernel:
    return replace(
        layer,
        macs=times * layer.macs,
        input_elements=times * layer.input_elements,
        output_elements=times * layer.output_elements,
    )
