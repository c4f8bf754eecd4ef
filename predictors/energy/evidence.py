"""What the kernels of an estimate rest on: its evidence as a whole, and the warnings about some of them."""

from __future__ import annotations

from collections.abc import Sequence

from data.messages import Message
from predictors.energy.basis import named
from predictors.results.estimates import Evidence, KernelEstimate, Note

OUTSIDE_SHARE_NOTED = 0.2
"""A total that rests on kernels outside the measured range for this share says so first."""
MOSTLY = 0.5
"""A total is approximated when kernels that follow a named law make up more than this share of it."""


def overall_evidence(parts: Sequence[KernelEstimate], usual: Evidence) -> Evidence:
    """The evidence of a sum over kernels where the device's figures are of `usual` evidence.

    UNSUPPORTED when no kernel has a figure, or there is none (the sum is then 0 and means nothing),
    APPROXIMATED instead of PREDICTED when more than half of the energy follows named laws.
    """
    if all(part.evidence is Evidence.UNSUPPORTED for part in parts):
        return Evidence.UNSUPPORTED
    approximated = [part for part in parts if part.evidence is Evidence.APPROXIMATED]
    if usual is Evidence.PREDICTED and _share(parts, approximated) > MOSTLY:
        return Evidence.APPROXIMATED
    return usual


def kernel_notes(parts: Sequence[KernelEstimate]) -> tuple[Note, ...]:
    """Warnings about kernels left out, approximated or outside the measured range."""
    notes = [unsupported_note(parts), approximated_note(parts), outside_note(parts)]
    return tuple(note for note in notes if note is not None)


def unsupported_note(parts: Sequence[KernelEstimate]) -> Note | None:
    """Which operators have no figure, and how often; None when all have one."""
    amount = sum(part.evidence is Evidence.UNSUPPORTED for part in parts)
    if not amount:
        return None
    listed = unsupported_names(parts)
    return Note(
        "KERNELS_UNSUPPORTED",
        Message(
            "{amount} of {parts} kernels have no figure and count 0, so the true total is higher: {listed}.",
            amount=amount,
            parts=len(parts),
            listed=listed,
        ),
    )


def unsupported_names(parts: Sequence[KernelEstimate]) -> str:
    """The operators without a figure, each with how often it occurs, as one list."""
    return named([part.kernel for part in parts if part.evidence is Evidence.UNSUPPORTED])


def _share(parts: Sequence[KernelEstimate], chosen: Sequence[KernelEstimate]) -> float:
    total = sum(part.energy_mj for part in parts)
    return sum(part.energy_mj for part in chosen) / total if total > 0 else 0.0


def approximated_note(parts: Sequence[KernelEstimate], apart: str | None = None) -> Note | None:
    """Which kernel types follow a named law, and their share of the energy; None when none does.

    Kernels under the law `apart` are left to another note.
    """
    chosen = [part for part in parts if part.evidence is Evidence.APPROXIMATED and part.law != apart]
    if not chosen:
        return None
    kinds = ", ".join(sorted({part.kernel.kind.value for part in chosen}))
    return Note(
        "KERNELS_APPROXIMATED",
        Message(
            "{chosen} of {parts} kernels ({percent:.0f} % of the energy) have no measurements of their "
            "type and follow a named law: {kinds}. Their intervals are wider.",
            chosen=len(chosen),
            parts=len(parts),
            percent=100 * _share(parts, chosen),
            kinds=kinds,
        ),
    )


def outside_note(parts: Sequence[KernelEstimate]) -> Note | None:
    """How many kernels lie outside what was measured, and their share of the energy; None when none does."""
    chosen = [part for part in parts if not part.in_range and part.evidence is not Evidence.UNSUPPORTED]
    if not chosen:
        return None
    share = _share(parts, chosen)
    message = Message(
        "{chosen} of {parts} kernels ({percent:.0f} % of the energy) lie outside the measured "
        "configurations. Their intervals are wider.",
        chosen=len(chosen),
        parts=len(parts),
        percent=100 * share,
    )
    if share >= OUTSIDE_SHARE_NOTED:
        message = Message("Much of this total is extrapolated: {outside}", outside=message)
    return Note("KERNELS_OUT_OF_RANGE", message)
