"""A delegate with measured kernels: predicts any kernel through its models and the named laws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from predictors.energy.fitting.features import Floats
from predictors.energy.kernels.kernel_model import KindModel, Predicts
from predictors.energy.kernels.surrogate_laws import Law, law_of
from predictors.errors import InputError
from predictors.model.kernels import Kernel, KernelKind
from predictors.model.shared_work import carried_once, once

Places = NDArray[np.intp]

MOST_DIFFERENT = 1_500
"""Kernels of different configuration in one network: their errors are followed pair by pair."""


@dataclass(frozen=True, slots=True)
class QuantityFigures:
    """One quantity of n kernels, m of them different: values (n,), their log standard deviations (n,) and the
    joint log covariance (m, m), in which kernels predicted by one model or law share errors.

    `places` (n,) says which row of the covariance each kernel has: equal kernels err alike.
    """

    values: Floats
    log_sd: Floats
    log_covariance: Floats
    places: Places

    @property
    def amounts(self) -> Floats:
        """Sum of the values behind each row of the covariance (m,)."""
        summed = np.bincount(self.places, self.values, minlength=len(self.log_covariance))
        return np.asarray(summed, dtype=np.float64)

    def spread_out(self, places: Places) -> QuantityFigures:
        """The figures of different kernels (m), given to every kernel (n) that is like one of them."""
        return QuantityFigures(self.values[places], self.log_sd[places], self.log_covariance, places)


@dataclass(frozen=True, slots=True)
class MachineFigures:
    """Energy (mJ) and latency (ms) of n kernels, the law of each (None: unsupported) and whether each lies
    within the measured range."""

    energy: QuantityFigures
    latency: QuantityFigures
    laws: tuple[Law | None, ...]
    in_range: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A surrogate of the kernel at place `owner`."""

    owner: int
    kernel: Kernel
    times: float


def predict_kernels(models: Mapping[KernelKind, KindModel], kernels: Sequence[Kernel]) -> MachineFigures:
    """Energy and latency of kernels from models that cover every measured kernel type.

    Raises InputError MODEL_TOO_COMPLEX for more than MOST_DIFFERENT kernels that differ from one another.
    """
    different, places = once("told apart", kernels, lambda: tell_apart(kernels))
    # Runtimes that fuse a network differently mostly run the same different kernels.
    # A network that is asked about again (another device) carries them, if they are light.
    work = carried_once if len(different) <= MOST_CARRIED_KERNELS else once
    found = work("figures", models, lambda: _of_different(models, different), tuple(different))
    return _of_all(found, places)


MOST_CARRIED_KERNELS = 400
"""Different kernels whose figures a network carries: their two covariances take 2.6 MB."""


def _of_different(models: Mapping[KernelKind, KindModel], different: Sequence[Kernel]) -> MachineFigures:
    laws = _laws(models, different)
    parts, spread = _parts_by_kind(laws), _law_covariance(laws)
    # Only what this network needs is asked for: a model is fitted when it is first taken out.
    used = {kind: models[kind] for kind in parts}
    energy = _quantity({kind: model.energy for kind, model in used.items()}, parts, spread)
    latencies = {kind: model.latency for kind, model in used.items() if model.latency is not None}
    latency = _quantity(latencies, parts, spread)
    return MachineFigures(energy, latency, laws, _ranges(models, parts, len(different)))


def predict_energy(
    models: Mapping[KernelKind, KindModel],
    kernels: Sequence[Kernel],
    latency_of: Callable[[QuantityFigures], QuantityFigures],
) -> MachineFigures:
    """Energy of kernels from models that have no latency, which `latency_of` makes from the energy.

    Raises InputError MODEL_TOO_COMPLEX for more than MOST_DIFFERENT kernels that differ from one another.
    """
    different, places = once("told apart", kernels, lambda: tell_apart(kernels))
    laws = _laws(models, different)
    parts = _parts_by_kind(laws)
    models_of_energy = {kind: models[kind].energy for kind in parts}
    energy = _quantity(models_of_energy, parts, _law_covariance(laws))
    in_range = _ranges(models, parts, len(different))
    return _of_all(MachineFigures(energy, latency_of(energy), laws, in_range), places)


def tell_apart(kernels: Sequence[Kernel]) -> tuple[list[Kernel], Places]:
    """The kernels that differ in anything but name and place (m), and which of them each kernel is (n,).

    Raises InputError MODEL_TOO_COMPLEX for too many: their joint covariance would not fit into memory.
    """
    found: dict[tuple[object, ...], int] = {}
    places = np.empty(len(kernels), dtype=np.intp)
    different: list[Kernel] = []
    for owner, kernel in enumerate(kernels):
        place = found.setdefault(_what_counts(kernel), len(found))
        if place == len(different):
            different.append(replace(kernel, index=0, name="", node_indices=(), ops=(), note=""))
        places[owner] = place
    if len(found) > MOST_DIFFERENT:
        raise InputError(
            "MODEL_TOO_COMPLEX",
            "The model has {found:,} kernels of different configuration; the limit for this device "
            "is {most_different:,}, and known networks have some dozens. Split the model and "
            "estimate its parts.",
            found=len(found),
            most_different=MOST_DIFFERENT,
        )
    return different, places


_BY_NAME = frozenset({"index", "name", "node_indices", "ops", "note"})
_what_counts = attrgetter(*(field.name for field in fields(Kernel) if field.name not in _BY_NAME))


def _of_all(found: MachineFigures, places: Places) -> MachineFigures:
    """Spread the results of the different kernels over all kernels."""
    return MachineFigures(
        found.energy.spread_out(places),
        found.latency.spread_out(places),
        tuple(found.laws[place] for place in places),
        tuple(found.in_range[place] for place in places),
    )


def _laws(models: Mapping[KernelKind, KindModel], kernels: Sequence[Kernel]) -> tuple[Law | None, ...]:
    """The law of every kernel; a measured type whose model is itself a law carries that law's name."""
    return tuple(_with_model_law(law_of(kernel), models) for kernel in kernels)


def _with_model_law(law: Law | None, models: Mapping[KernelKind, KindModel]) -> Law | None:
    if law is None or law.name:
        return law
    return replace(law, name=models[law.surrogates[0].kernel.kind].law)


def _parts_by_kind(laws: Sequence[Law | None]) -> dict[KernelKind, list[_Part]]:
    parts: dict[KernelKind, list[_Part]] = {}
    for owner, law in enumerate(laws):
        for surrogate in law.surrogates if law is not None else ():
            part = _Part(owner, surrogate.kernel, surrogate.times)
            parts.setdefault(surrogate.kernel.kind, []).append(part)
    return parts


def _quantity(
    models: Mapping[KernelKind, Predicts],
    parts: Mapping[KernelKind, Sequence[_Part]],
    law_covariance: Floats,
) -> QuantityFigures:
    """Sum the surrogates of every kernel and carry their joint errors along.

    The covariance of two kernels' logs is that of their parts, each weighted by its share in its kernel,
    plus, for kernels under one law, that law's own squared spread, shared in full.
    """
    values = np.zeros(len(law_covariance))
    predicted: list[tuple[Places, Floats, Floats]] = []
    for kind, members in parts.items():
        prediction = models[kind].predict([member.kernel for member in members])
        amounts = np.exp(prediction.mean) * np.array([member.times for member in members])
        owners = np.array([member.owner for member in members], dtype=np.intp)
        np.add.at(values, owners, amounts)
        predicted.append((owners, amounts, prediction.covariance))
    covariance = law_covariance.copy()
    for owners, amounts, block in predicted:
        shares = amounts / values[owners]
        _add_by_owner(covariance, owners, block * np.outer(shares, shares))
    return QuantityFigures(values, np.sqrt(np.diag(covariance)), covariance, np.arange(len(values)))


def _add_by_owner(covariance: Floats, owners: Places, block: Floats) -> None:
    """Add a block over parts to the covariance over kernels; `owners` are in ascending order."""
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    summed = np.add.reduceat(np.add.reduceat(block, starts, axis=0), starts, axis=1)
    covariance[np.ix_(owners[starts], owners[starts])] += summed


def _law_covariance(laws: Sequence[Law | None]) -> Floats:
    spreads = np.array([0.0 if law is None else law.log_sd for law in laws])
    numbers: dict[str, int] = {}
    codes = np.array([-1 if law is None else numbers.setdefault(law.name, len(numbers)) for law in laws])
    return np.asarray(np.where(codes[:, None] == codes[None, :], np.outer(spreads, spreads), 0.0))


def _ranges(
    models: Mapping[KernelKind, KindModel], parts: Mapping[KernelKind, Sequence[_Part]], size: int
) -> tuple[bool, ...]:
    inside = [True] * size
    for kind, members in parts.items():
        flags = models[kind].in_range([member.kernel for member in members])
        for member, flag in zip(members, flags, strict=True):
            inside[member.owner] &= flag
    return tuple(inside)
