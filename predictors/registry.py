"""Every target that can be estimated, and the predictor behind each."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from predictors.errors import InputError, printable
from predictors.targets import DevicePredictor, Target

DELEGATE_ALIASES: dict[str, frozenset[str]] = {
    "cpu1": frozenset({"cpu"}),
    "cpu": frozenset({"cpu", "tflite-ruy", "tflite-xnnpack", "armnn-neon"}),
    "gpu": frozenset({"gpu", "armnn-opencl", "tensorrt"}),
}
"""What a delegate's name may stand for besides itself: printed names, and the processor of a back end."""


@lru_cache(maxsize=1)
def targets() -> tuple[Target, ...]:
    """Every device, delegate and precision, phones first; thin evidence is listed as UNSUPPORTED."""
    return tuple(target for family in _families() for target in family())


def _families() -> tuple[Callable[[], tuple[Target, ...]], ...]:
    # Imported here: what some families need is heavy, and not every caller asks for them.
    from predictors.energy.boards import board_targets
    from predictors.energy.p40_gpu import p40_targets
    from predictors.energy.phones import phone_targets
    from predictors.energy.tx2 import tx2_targets
    from predictors.energy.xavier_nx import xavier_nx_targets

    return (p40_targets, phone_targets, board_targets, tx2_targets, xavier_nx_targets)


def find_targets(
    device_id: str | None = None, delegate: str | None = None, precision: str | None = None
) -> tuple[Target, ...]:
    """Targets that match what is given (None matches all), in the order of `targets()`.

    Raises InputError DEVICE_UNKNOWN, DELEGATE_UNKNOWN, PRECISION_UNKNOWN naming the choices that there are.
    """
    chosen = targets()
    if device_id is not None:
        chosen = _matching(chosen, "device", "DEVICE_UNKNOWN", device_id, lambda t: t.device_id)
    if delegate is not None:
        chosen = _matching(chosen, "delegate", "DELEGATE_UNKNOWN", delegate, lambda t: t.delegate)
    if precision is not None:
        chosen = _matching(chosen, "precision", "PRECISION_UNKNOWN", precision, lambda t: t.precision)
    return chosen


def _matching(
    candidates: tuple[Target, ...], what: str, code: str, given: str, name_of: Callable[[Target], str]
) -> tuple[Target, ...]:
    wanted = given.strip().lower()
    names = {wanted} | DELEGATE_ALIASES.get(wanted, frozenset()) if what == "delegate" else {wanted}
    chosen = tuple(target for target in candidates if name_of(target) in names)
    if not chosen:
        known = ", ".join(sorted({name_of(target) for target in candidates}))
        message = f"There is no {what} {printable(given)!r} to estimate for. Choose one of: {known}."
        raise InputError(code, message)
    return chosen


@lru_cache(maxsize=256)
def predictor(device_id: str, delegate: str, precision: str) -> DevicePredictor:
    """The predictor of one target, fitted at its first estimate and kept.

    Raises InputError DEVICE_UNKNOWN, DELEGATE_UNKNOWN, PRECISION_UNKNOWN, EVIDENCE_TOO_THIN.
    """
    target = find_targets(device_id, delegate, precision)[0]
    from predictors.energy.boards import board_predictor, board_targets
    from predictors.energy.p40_gpu import p40_predictor, p40_targets
    from predictors.energy.phones import phone_predictor
    from predictors.energy.tx2 import tx2_predictor
    from predictors.energy.xavier_nx import xavier_nx_predictor

    if target in p40_targets():
        return p40_predictor(target.delegate)
    if target in board_targets():
        return board_predictor(target.device_id, target.delegate, target.precision)
    if target.device_id == "jetson-tx2":
        return tx2_predictor(target.delegate)
    if target.device_id == "jetson-xavier-nx":
        return xavier_nx_predictor(target.precision)
    return phone_predictor(target.device_id, target.delegate, target.precision, p40_predictor)
