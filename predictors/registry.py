"""Every target that can be estimated, and the predictor behind each."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from data.messages import Message, joined
from predictors.errors import InputError, printable
from predictors.results.targets import DevicePredictor, Target

DELEGATE_ALIASES: dict[str, frozenset[str]] = {
    "cpu1": frozenset({"cpu"}),
    "cpu": frozenset({"cpu", "tflite-ruy", "tflite-xnnpack", "armnn-neon"}),
    "gpu": frozenset({"gpu", "armnn-opencl", "tensorrt"}),
}
"""What a delegate's name may stand for besides itself: printed names, and the processor of a back end."""


@lru_cache(maxsize=1)
def left_out() -> str:
    """Say which devices nothing can be estimated for because of the bundle; "" for the full one."""
    from data import kept_bundle

    if not kept_bundle().only_licensed:
        return ""
    return Message(
        "This bundle was built without the sources whose publisher states no licence, so nothing "
        "can be estimated for phones, Jetson TX2 and Jetson Xavier NX. `python -m data build` "
        "builds the full one."
    )


@dataclass(frozen=True, slots=True)
class Family:
    """Targets that one kind of predictor answers for.

    `list_targets` and `predictor` import what they need when they are called, since some of it is slow to
    load. `cost` orders the families by the time that listing their targets takes, cheapest first: phones and
    boards fit their ratios for it. `has_licence`: the measurements are in a bundle of licensed sources too.
    """

    list_targets: Callable[[], tuple[Target, ...]]
    predictor: Callable[[Target], DevicePredictor]
    cost: int
    of_phones: bool = False
    has_licence: bool = False


def _p40_targets() -> tuple[Target, ...]:
    from predictors.energy.applications.targets import as_application_target
    from predictors.energy.p40.gpu import p40_targets

    return tuple(map(as_application_target, p40_targets()))


def _p40_predictor(target: Target) -> DevicePredictor:
    from predictors.energy.p40.gpu import p40_predictor

    return p40_predictor(target)


def _phone_targets() -> tuple[Target, ...]:
    from predictors.energy.applications.targets import as_application_target
    from predictors.energy.phones.predictor import phone_targets

    return tuple(map(as_application_target, phone_targets()))


def _phone_predictor(target: Target) -> DevicePredictor:
    from predictors.energy.p40.gpu import p40_predictor, p40_target
    from predictors.energy.phones.predictor import phone_predictor

    return phone_predictor(target, lambda delegate: p40_predictor(p40_target(delegate)))


def _board_targets() -> tuple[Target, ...]:
    from predictors.energy.boards.predictor import board_targets

    return board_targets()


def _board_predictor(target: Target) -> DevicePredictor:
    from predictors.energy.boards.predictor import board_predictor

    return board_predictor(target)


def _tx2_targets() -> tuple[Target, ...]:
    from predictors.energy.tx2.predictor import tx2_targets

    return tx2_targets()


def _tx2_predictor(target: Target) -> DevicePredictor:
    from predictors.energy.tx2.predictor import tx2_predictor

    return tx2_predictor(target)


def _xavier_nx_targets() -> tuple[Target, ...]:
    from predictors.energy.xavier_nx.predictor import xavier_nx_targets

    return xavier_nx_targets()


def _xavier_nx_predictor(target: Target) -> DevicePredictor:
    from predictors.energy.xavier_nx.predictor import xavier_nx_predictor

    return xavier_nx_predictor(target)


FAMILIES: tuple[Family, ...] = (
    Family(_p40_targets, _p40_predictor, cost=0, of_phones=True),
    Family(_phone_targets, _phone_predictor, cost=4, of_phones=True),
    Family(_board_targets, _board_predictor, cost=3, has_licence=True),
    Family(_tx2_targets, _tx2_predictor, cost=1),
    Family(_xavier_nx_targets, _xavier_nx_predictor, cost=2),
)
"""The families of the bundle in the order of `targets`. A new device is a line here."""

OWN_DEVICES = "predictors.energy.calibrated.own_devices"


def _own_targets() -> tuple[Target, ...]:
    # The usual case needs none of the calibration's modules: a visitor's device is made with them.
    if not os.environ.get("JOULELENS_DEVICES") and OWN_DEVICES not in sys.modules:
        return ()
    from predictors.energy.calibrated.own_devices import own_targets

    return own_targets()


def families() -> tuple[Family, ...]:
    """The families whose measurements are in the bundle, all of them in the full one."""
    return tuple(family for family in FAMILIES if family.has_licence or not left_out())


def _cheapest_first() -> list[Family]:
    return sorted(families(), key=lambda family: family.cost)


@lru_cache(maxsize=len(FAMILIES))
def _listed(family: Family) -> tuple[Target, ...]:
    return family.list_targets()


def targets() -> tuple[Target, ...]:
    """Every device, delegate and precision, phones first, one's own last; thin evidence as UNSUPPORTED."""
    return (*(target for family in families() for target in _listed(family)), *_own_targets())


def targets_of(device_id: str) -> tuple[Target, ...]:
    """The targets of one device, as `targets` has them, without listing what others take; none if unknown."""
    own = tuple(target for target in _own_targets() if target.device_id == device_id)
    return own or _bundled_targets_of(device_id)


@lru_cache(maxsize=100)
def _bundled_targets_of(device_id: str) -> tuple[Target, ...]:
    from data import kept_bundle, queries

    devices = queries.devices(kept_bundle())
    is_phone = bool((devices.loc[devices["device_id"] == device_id, "kind"] == "phone").any())
    able = [family for family in families() if family.of_phones == is_phone]
    return tuple(target for family in able for target in _listed(family) if target.device_id == device_id)


def forget_targets() -> None:
    """Forget the targets that were listed, as in a new process."""
    _listed.cache_clear()
    _bundled_targets_of.cache_clear()
    _bundled_predictor.cache_clear()


def find_targets(
    device_id: str | None = None, delegate: str | None = None, precision: str | None = None
) -> tuple[Target, ...]:
    """Targets that match what is given (None matches all), in the order of `targets()`.

    Raises InputError DEVICE_UNKNOWN, DELEGATE_UNKNOWN, PRECISION_UNKNOWN naming the choices that there are,
    and the error of a device of one's own that can't be used.
    """
    if device_id is not None:
        _refuse_broken(device_id.strip().lower())
    whole_name = device_id is not None and delegate is not None and precision is not None
    if whole_name:
        # A device's targets of one delegate are all of one family: the others need not be listed.
        with suppress(InputError):
            return _narrowed(_own_targets(), device_id, delegate, precision)
        for family in _cheapest_first():
            with suppress(InputError):
                return _narrowed(_listed(family), device_id, delegate, precision)
    return _narrowed(targets(), device_id, delegate, precision)


def targets_for(own_precision: str, device_id: str | None, delegate: str | None) -> tuple[Target, ...]:
    """Targets for a network of `own_precision` ("fp32" or "int8") that was asked about without a precision.

    A device without any target in that precision answers in the one that it has. Raises InputError
    DEVICE_UNKNOWN, DELEGATE_UNKNOWN.
    """
    if device_id is not None:
        with suppress(InputError):
            return find_targets(device_id, delegate, own_precision)
    candidates = find_targets(device_id, delegate)
    having = {target.device_id for target in candidates if target.precision == own_precision}
    return tuple(
        target for target in candidates if target.precision == own_precision or target.device_id not in having
    )


def _narrowed(
    chosen: tuple[Target, ...], device_id: str | None, delegate: str | None, precision: str | None
) -> tuple[Target, ...]:
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
        message = Message(
            "There is no {what} {given!r} to estimate for. Choose one of: {known}.",
            what=what,
            given=printable(given),
            known=known,
        )
        raise InputError(code, joined(filter(None, (message, left_out())), " "))
    return chosen


def _refuse_broken(device_id: str) -> None:
    """Raise the InputError for which a device of one's own in the folder can't be used, if it is one."""
    if os.environ.get("JOULELENS_DEVICES"):
        from predictors.energy.calibrated.own_devices import broken_devices, bundled_ids

        why = broken_devices().get(device_id)
        if why is not None and device_id not in bundled_ids():
            raise why


def only_delegate(device_id: str, delegate: str | None, precision: str | None = None) -> str:
    """The delegate asked for, or the device's only one. Raises InputError DEVICE_UNKNOWN, OPTION_VALUE."""
    if delegate is not None:
        return delegate
    names = sorted({target.delegate for target in find_targets(device_id, None, precision)})
    if len(names) > 1:
        raise InputError(
            "OPTION_VALUE",
            "{device} has several delegates. Choose one with --delegate: {names}.",
            device=printable(device_id),
            names=", ".join(names),
        )
    return names[0]


def predictor(device_id: str, delegate: str, precision: str) -> DevicePredictor:
    """The predictor of the target of these names.

    Raises InputError DEVICE_UNKNOWN, DELEGATE_UNKNOWN, PRECISION_UNKNOWN, EVIDENCE_TOO_THIN.
    """
    return predictor_for(find_targets(device_id, delegate, precision)[0])


def predictor_for(target: Target) -> DevicePredictor:
    """The predictor of one target, fitted at its first estimate and kept.

    Raises InputError EVIDENCE_TOO_THIN.
    """
    if target in _own_targets():
        from predictors.energy.calibrated.own_devices import own_predictor

        if (own := own_predictor(target)) is not None:
            return own
    return _bundled_predictor(target)


@lru_cache(maxsize=256)
def _bundled_predictor(target: Target) -> DevicePredictor:
    family = next(family for family in _cheapest_first() if target in _listed(family))
    return family.predictor(target)
