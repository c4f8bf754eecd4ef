"""What would cost less: the kernels that take most, and what a lighter one in their place would cost.

Every figure comes from the predictor of the device asked about, for the very size of the kernel. What a
change does to accuracy is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from predictors.estimates import Estimate, Evidence, KernelEstimate
from predictors.kernel_rows import kernel_from_row
from predictors.kernels import Kernel, KernelKind
from predictors.registry import predictor

TOP = 3
WORTHWHILE = 0.95
"""A replacement is named only if it takes less than this share of what is there now."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """What could stand in a kernel's place: `what` in words, its kernels, their energy (mJ), time (ms)."""

    what: str
    kernels: tuple[Kernel, ...]
    energy_mj: float
    energy_mj_low: float
    energy_mj_high: float
    latency_ms: float
    evidence: Evidence


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
    model = predictor(estimate.device_id, estimate.delegate, estimate.precision)
    costly = sorted(estimate.kernels, key=lambda part: -part.energy_mj)[:top]
    return tuple(
        Advice(part, _share(part, estimate), _cheaper(part, model.estimate_kernels))
        for part in costly
        if part.energy_mj > 0
    )


def advice_sentence(estimate: Estimate, advice: Sequence[Advice]) -> str:
    """How much the costly kernels take together: "These 3 kernels take 61 % of the energy."."""
    if not advice:
        return "No kernel has a figure, so there is nothing to advise."
    share = 100.0 * sum(each.share for each in advice)
    subject = f"These {len(advice)} kernels take" if len(advice) > 1 else "One kernel takes"
    return f"{subject} {share:.2g} % of the energy ({estimate.device_id}, {estimate.delegate})."


def _share(part: KernelEstimate, estimate: Estimate) -> float:
    return part.energy_mj / estimate.energy_mj if estimate.energy_mj > 0 else 0.0


Predict = Callable[[Sequence[Kernel]], list[KernelEstimate]]


def _cheaper(part: KernelEstimate, predict: Predict) -> tuple[Replacement, ...]:
    """Replacements that are predicted to cost less than the kernel does on its own.

    The kernel itself is predicted the same way, so that shares of a constant per network do not count.
    """
    candidates = _candidates(part.kernel)
    if not candidates:
        return ()
    now = predict([part.kernel])[0].energy_mj
    scale = part.energy_mj / now if now > 0 else 1.0
    found = [_replacement(what, kernels, predict, scale) for what, kernels in candidates]
    worth = [each for each in found if each is not None and each.energy_mj < WORTHWHILE * part.energy_mj]
    return tuple(sorted(worth, key=lambda each: each.energy_mj))


def _replacement(
    what: str, kernels: tuple[Kernel, ...], predict: Predict, scale: float
) -> Replacement | None:
    parts = predict(kernels)
    if any(part.evidence is Evidence.UNSUPPORTED for part in parts):
        return None
    weakest = max((part.evidence for part in parts), key=list(Evidence).index)
    return Replacement(
        what,
        kernels,
        scale * sum(part.energy_mj for part in parts),
        scale * sum(part.energy_mj_low for part in parts),
        scale * sum(part.energy_mj_high for part in parts),
        sum(part.latency_ms for part in parts),
        weakest,
    )


def _candidates(kernel: Kernel) -> list[tuple[str, tuple[Kernel, ...]]]:
    config = kernel.config
    square = config.input_h == config.input_w > 0 and config.kernel_h == config.kernel_w > 0
    square = square and config.stride_h == config.stride_w and config.dilation == 1
    if config.batch != 1:
        return []
    if kernel.kind is KernelKind.CONV and square and config.kernel_h > 1:
        return [_separable(kernel), _thinner(kernel)]
    if kernel.kind is KernelKind.CONV and square:
        return [_thinner(kernel)]
    if kernel.kind is KernelKind.DWCONV and square and config.kernel_h > 3:
        return [("a 3x3 depthwise convolution there", (_built(kernel, kernel_size=3),))]
    if kernel.kind is KernelKind.FC and min(config.c_in, config.c_out) >= 8:
        return [_low_rank(kernel)]
    return []


def _separable(kernel: Kernel) -> tuple[str, tuple[Kernel, ...]]:
    config = kernel.config
    depthwise = _built(kernel, kernel="dwconv-bn-relu", c_out="")
    pointwise = _built(kernel, input_hw=config.out_h, kernel_size=1, stride=1)
    size = config.kernel_h
    return f"a depthwise-separable {size}x{size} convolution there", (depthwise, pointwise)


def _thinner(kernel: Kernel) -> tuple[str, tuple[Kernel, ...]]:
    config = kernel.config
    c_in = config.c_in if config.c_in <= 4 else max(3 * config.c_in // 4, 1)
    thin = _built(kernel, c_in=c_in, c_out=max(3 * config.c_out // 4, 1))
    return "three quarters of its channels", (thin,)


def _low_rank(kernel: Kernel) -> tuple[str, tuple[Kernel, ...]]:
    config = kernel.config
    rank = min(config.c_in, config.c_out) // 4
    return f"two layers through {rank} units", (_built(kernel, c_out=rank), _built(kernel, c_in=rank))


def _built(base: Kernel, **changes: int | str) -> Kernel:
    """A kernel like this one with some columns of its row changed."""
    config = base.config
    row: dict[str, int | str] = {
        "kernel": base.kind.value,
        "input_hw": config.input_h,
        "c_in": config.c_in,
        "c_out": config.c_out,
        "kernel_size": config.kernel_h,
        "stride": config.stride_h,
        "padding": config.padding,
    }
    built = kernel_from_row({**row, **changes}, base.index)
    return replace(built, precision=base.precision, name=base.name)
