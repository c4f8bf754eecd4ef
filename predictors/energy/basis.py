"""Whether a total has a basis: what the operators without a figure hold, by work and not by number.

A total that leaves out most of a network is worse than none, so it is not given where such operators hold
subgraphs, weights or more than a small part of the work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from data.messages import Message
from predictors.errors import printable
from predictors.model.graph import Remark
from predictors.model.kernels import Kernel
from predictors.model.open_choices import LOOP_TOO_LONG, MOST_WRITTEN_OUT, SCAN_TOO_LONG
from predictors.results.estimates import Evidence, KernelEstimate
from predictors.results.shares import Shares, shares_of_missing

MOST_WEIGHTS = 0.01
"""Share of the weights that operators without a figure may hold: small tables and biases, no layer."""
MOST_WORK = 0.02
"""Share of the multiply-accumulates they may have, as far as their weights let us guess: well inside the
narrowest interval we give."""
MOST_TRAFFIC = 0.5
"""Share of the activations they may read and write: beyond it, they are what the network mainly does."""

SUBGRAPH_OPERATORS = frozenset(
    {"If", "Loop", "Scan", "SequenceMap", "BeamSearch", "GreedySearch", "Sampling", "WhisperBeamSearch"}
)
MULTIPLYING = ("Attention", "Conv", "Einsum", "Gemm", "GRU", "LSTM", "MatMul", "RNN")
"""Parts of the names of operators that multiply matrices: without a figure, nobody knows how much."""
BLOCKED_LAYOUT = "com.microsoft.nchwc"
"""Domain of operators that ONNX Runtime writes when it saves a network optimised for one processor."""


def shares_without_figure(parts: Sequence[KernelEstimate]) -> Shares:
    """What kernels without a figure hold of a network's weights, multiply-accumulates and activations."""
    return shares_of_missing(
        [part.kernel for part in parts], [part.evidence is Evidence.UNSUPPORTED for part in parts]
    )


def why_no_total(
    parts: Sequence[KernelEstimate], where: str, remarks: Sequence[Remark] = ()
) -> Message | None:
    """Why the sum over `parts` must not be shown `where`, and what to do; None where it may be.

    `remarks`: what the reader found about loops.
    """
    missing = [part.kernel for part in parts if part.evidence is Evidence.UNSUPPORTED]
    if not missing or not _matters(missing, shares_without_figure(parts)):
        return None
    listed = named(missing)
    if is_optimised(parts):
        return Message(
            "No total for {where}, because the file was optimised for one processor: ONNX Runtime put "
            "operators with a blocked layout ({domain}) in it, which mean nothing elsewhere ({listed}). Use "
            "the original file, as it was before that optimisation, or save it with the optimisation level "
            "'extended' at most.",
            domain=BLOCKED_LAYOUT, where=where, listed=listed,
        )  # fmt: skip
    if any(_holds_subgraph(kernel) for kernel in missing):
        return _open_loops(where, listed, remarks)
    shares = shares_without_figure(parts)
    return Message(
        "No total for {where}, because these operators have no figure anywhere and hold {weights:.0f} % "
        "of the weights and about {macs:.0f} % of the work: {listed}. Export the network with standard "
        "ONNX operators in their place, or estimate the parts without them.",
        weights=100 * shares.weights, macs=100 * max(shares.macs, shares.traffic), where=where, listed=listed,
    )  # fmt: skip


def _open_loops(where: str, listed: str, remarks: Sequence[Remark]) -> Message:
    """Why loops and branches are not counted: too many steps, or nobody knows how many."""
    for remark in remarks:
        if remark.code == LOOP_TOO_LONG:
            return Message(
                "No total for {where}, because {name} runs {steps:,} steps, and a loop is counted up to "
                "{most:,} operators in all its steps. Estimate some of the steps with a shape of its name, "
                "as in {name}=10, and multiply the figure.",
                where=where, name=printable(remark.subject, 60), steps=int(remark.detail),
                most=MOST_WRITTEN_OUT,
            )  # fmt: skip
        if remark.code == SCAN_TOO_LONG:
            return Message(
                "No total for {where}, because {name} runs {steps:,} steps, and a loop is counted up to "
                "{most:,} operators in all its steps. Give a shorter input and multiply the figure.",
                where=where, name=printable(remark.subject, 60), steps=int(remark.detail),
                most=MOST_WRITTEN_OUT,
            )  # fmt: skip
    opened = (remark.subject for remark in remarks if remark.code == "STEPS_OPEN")
    return Message(
        "No total for {where}, because {listed} hold whole parts of the network, and how often those run "
        "is known only while it runs. Say how often each Loop runs with a shape of its name, as in "
        "{example}=10, export the network with the number of steps fixed, or estimate the part inside on "
        "its own.",
        where=where, listed=listed, example=printable(next(opened, "NAME"), 60),
    )  # fmt: skip


def is_optimised(parts: Sequence[KernelEstimate]) -> bool:
    """Whether ONNX Runtime laid the weights out for one kind of processor."""
    return any(BLOCKED_LAYOUT in part.kernel.cause for part in parts)


def _matters(missing: Sequence[Kernel], shares: Shares) -> bool:
    if any(_holds_subgraph(kernel) or _multiplies_unknown(kernel) for kernel in missing):
        return True
    return shares.weights > MOST_WEIGHTS or shares.macs > MOST_WORK or shares.traffic > MOST_TRAFFIC


def _holds_subgraph(kernel: Kernel) -> bool:
    return not SUBGRAPH_OPERATORS.isdisjoint(kernel.ops)


def _multiplies_unknown(kernel: Kernel) -> bool:
    """A matrix product, attention or the like that is not understood, or whose shapes nobody knows."""
    return kernel.macs == 0 and any(word in op for op in kernel.ops for word in MULTIPLYING)


def named(missing: Sequence[Kernel]) -> str:
    """The operators that stand in the way with how often, and how many others only lie behind them."""
    at_fault: Counter[str] = Counter()
    behind: Counter[str] = Counter()
    for kernel in missing:
        own = kernel.ops[0] if kernel.ops else kernel.name
        if kernel.cause and kernel.cause.rpartition(".")[2] not in kernel.ops:
            behind[own] += 1
            at_fault.setdefault(kernel.cause, 0)
        else:
            at_fault[kernel.cause or own] += 1
    if behind:
        return Message("{first}, and behind them {listed}", first=_list(at_fault), listed=_list(behind))
    return _list(at_fault)


def _list(counts: Counter[str]) -> str:
    return ", ".join(_counted(name, count) for name, count in sorted(counts.items()))


def _counted(name: str, count: int) -> str:
    return f"{printable(name, 60)} ({count})" if count else printable(name, 60)
