"""A delegate with measured kernels: predicts any kernel through its models and the named laws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from predictors.energy.features import Floats
from predictors.energy.intervals import block_diagonal
from predictors.energy.kernel_model import KindModel, Predicts
from predictors.energy.laws import Law, law_of
from predictors.kernels import Kernel, KernelKind


@dataclass(frozen=True, slots=True)
class QuantityFigures:
    """One quantity of n kernels: values (n,), their log standard deviations (n,) and the joint log
    covariance (n, n), in which kernels predicted by one model or law share errors."""

    values: Floats
    log_sd: Floats
    log_covariance: Floats


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
    """Energy and latency of kernels from models that cover every measured kernel type."""
    laws = _laws(models, kernels)
    parts = _parts_by_kind(laws)
    energy = _quantity({kind: model.energy for kind, model in models.items()}, parts, laws)
    latencies = {kind: model.latency for kind, model in models.items() if model.latency is not None}
    latency = _quantity(latencies, parts, laws)
    return MachineFigures(energy, latency, laws, _ranges(models, parts, len(kernels)))


def predict_energy(
    models: Mapping[KernelKind, KindModel],
    kernels: Sequence[Kernel],
    latency_of: Callable[[QuantityFigures], QuantityFigures],
) -> MachineFigures:
    """Energy of kernels from models that have no latency, which `latency_of` makes from the energy."""
    laws = _laws(models, kernels)
    parts = _parts_by_kind(laws)
    energy = _quantity({kind: model.energy for kind, model in models.items()}, parts, laws)
    return MachineFigures(energy, latency_of(energy), laws, _ranges(models, parts, len(kernels)))


def _laws(
    models: Mapping[KernelKind, KindModel], kernels: Sequence[Kernel]
) -> tuple[Law | None, ...]:
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
    laws: Sequence[Law | None],
) -> QuantityFigures:
    """Sum the surrogates of every kernel and carry their joint errors along.

    With J the share of each part in its kernel, the covariance of the kernels' logs is J C J' plus, for
    kernels under one law, that law's own squared spread, shared in full.
    """
    values = np.zeros(len(laws))
    amounts: list[Floats] = []
    owners: list[int] = []
    blocks: list[tuple[Sequence[int], Floats]] = []
    for kind, members in parts.items():
        prediction = models[kind].predict([member.kernel for member in members])
        amount = np.exp(prediction.mean) * np.array([member.times for member in members])
        places = range(len(owners), len(owners) + len(members))
        blocks.append((list(places), prediction.covariance))
        owners.extend(member.owner for member in members)
        amounts.append(amount)
    flat = np.concatenate(amounts) if amounts else np.zeros(0)
    np.add.at(values, owners, flat)
    shares = np.zeros((len(laws), len(flat)))
    shares[owners, range(len(flat))] = flat / values[owners] if len(flat) else flat
    covariance = shares @ block_diagonal(blocks, len(flat)) @ shares.T + _law_covariance(laws)
    return QuantityFigures(values, np.sqrt(np.diag(covariance)), covariance)


def _law_covariance(laws: Sequence[Law | None]) -> Floats:
    spreads = np.array([0.0 if law is None else law.log_sd for law in laws])
    names = [None if law is None else law.name for law in laws]
    same = np.array([[left is not None and left == right for right in names] for left in names])
    return np.asarray(np.where(same.reshape(len(laws), len(laws)), np.outer(spreads, spreads), 0.0))


def _ranges(
    models: Mapping[KernelKind, KindModel], parts: Mapping[KernelKind, Sequence[_Part]], size: int
) -> tuple[bool, ...]:
    inside = [True] * size
    for kind, members in parts.items():
        flags = models[kind].in_range([member.kernel for member in members])
        for member, flag in zip(members, flags, strict=True):
            inside[member.owner] &= flag
    return tuple(inside)
