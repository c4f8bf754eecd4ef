"""Kernels that a board's fit gives nothing: what they get instead of 0, and how it is said.

A non-negative fit may leave every amount of a kernel without a coefficient: the measured networks then show
no cost of such kernels beside that of the others. That is no estimate of 0. In a network whose other kernels
have a cost, the total stands as fitted, and such a kernel gets a share of it by the elements it moves, at the
rate of convolutions (our own choice). On its own, or among nothing but its like, it has no figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from predictors.energy.boards.features import KERNEL_TERMS
from predictors.results.estimates import Evidence, KernelEstimate, Note

Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Verdict: TypeAlias = tuple[Evidence, str]
"""How well a kernel is known, and by which rule."""

NO_COST = Message("no figure: the measured networks show no cost of such kernels here")
SHARED_OUT = Message("a share by elements moved: the measured networks show no cost of such kernels here")

_CONVOLUTIONS_MOVE = KERNEL_TERMS.index("activations_m")
_OTHERS_MOVE = KERNEL_TERMS.index("elementwise_m")


def shared_out(amounts: Floats, raw: Floats, coefficients: Floats) -> Floats:
    """What the total is shared out by (n,): `raw`, or where that is 0 elements moved at convolutions' rate.

    `amounts` (n, len(KERNEL_TERMS)) of the kernels, `raw` (n,) the fitted sums, mJ or ms.
    """
    moved = amounts[:, _CONVOLUTIONS_MOVE] + amounts[:, _OTHERS_MOVE]
    return np.asarray(np.where(raw > 0.0, raw, moved * coefficients[_CONVOLUTIONS_MOVE]), dtype=np.float64)


def judged_in_network(judged: Sequence[Verdict], shared: Mask, *, has_total: bool) -> list[Verdict]:
    """The kernels of a network again: `shared` (n,) ones are approximated; none is known without a total."""
    if not has_total:
        return _without_figure(judged, np.ones(len(judged), dtype=np.bool_))
    if not shared.any():
        return list(judged)
    return [
        (Evidence.APPROXIMATED, SHARED_OUT) if is_shared else verdict
        for verdict, is_shared in zip(judged, shared, strict=True)
    ]


def judged_alone(judged: Sequence[Verdict], costless: Mask) -> list[Verdict]:
    """Kernels on their own again: the `costless` (n,) have no figure."""
    return _without_figure(judged, costless)


def _without_figure(judged: Sequence[Verdict], chosen: Mask) -> list[Verdict]:
    return [
        (Evidence.UNSUPPORTED, NO_COST) if is_chosen and verdict[0] is not Evidence.UNSUPPORTED else verdict
        for verdict, is_chosen in zip(judged, chosen, strict=True)
    ]


def shared_out_note(parts: Sequence[KernelEstimate]) -> Note | None:
    """Which kernel types got a share instead of a figure of their own; None when none did."""
    kinds = Counter(part.kernel.kind.value for part in parts if part.law == SHARED_OUT)
    if not kinds:
        return None
    listed = ", ".join(f"{kind} ({count})" for kind, count in sorted(kinds.items()))
    return Note(
        "BOARD_SHARED_OUT",
        Message(
            "{shared} of {parts} kernels have no figure of their own: the networks measured on this "
            "board and back end show no cost of such kernels. They get a share of the total by the "
            "elements they move: {listed}.",
            shared=sum(kinds.values()),
            parts=len(parts),
            listed=listed,
        ),
    )
