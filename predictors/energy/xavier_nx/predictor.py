"""Jetson Xavier NX: the layer law of the TX2's GPU, anchored to the networks measured on Xavier NX.

Three convolutional networks ran on Xavier NX one image at a time (TensorRT, MaxQ power mode, AC wall meter;
source `mlperf-inference-power`). Each gives one ratio of its measured energy to what the TX2 GPU predictor
says for its layers. The geometric mean of the ratios carries the TX2 figures over, their spread gives the
interval. Time follows from the same TX2 energy, because the three networks drew much the same power (10 to
14 W), while their times relate to the TX2's by factors that differ threefold. The runs used int8: "precision"
of NVIDIA's configuration of these runs
(github.com/mlcommons/inference_results_v1.0, closed/NVIDIA/configs/*/SingleStream/config.json); TensorRT's
kernels differ from PyTorch's, which the ratio absorbs.

Networks that are not convolutional (bert-99, rnnt) and 3d-unet, whose runs differ by a factor of 16 between
rounds, are left out.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from data import kept_bundle, queries
from data.messages import Message
from predictors.energy.evidence import approximated_note, overall_evidence, unsupported_note
from predictors.energy.stored.store import fitted
from predictors.energy.tx2.predictor import Tx2Predictor, tx2_predictor, tx2_target
from predictors.energy.xavier_nx.anchors import ANCHORS
from predictors.model.kernels import FusedModel, Kernel
from predictors.results.estimates import INTERVAL_LEVEL, Estimate, Evidence, KernelEstimate, Note
from predictors.results.figures import Scope
from predictors.results.targets import Target, estimated_once

DEVICE_ID = "jetson-xavier-nx"
DELEGATE = "tensorrt"
PRECISION = "int8"
SOURCE_IDS = ("mlperf-inference-power", "sysidentif-tx2", "lahmer-2022")
SETTINGS_PATH = Path(__file__).parents[2] / "settings" / "xavier_nx.toml"


@dataclass(frozen=True, slots=True)
class Anchor:
    """One network on both boards: measured on Xavier NX (mean of its runs), estimated on TX2's GPU rail."""

    network: str
    runs: int
    energy_mj: float
    latency_ms: float
    idle_power_w: float
    tx2_energy_mj: float
    tx2_latency_ms: float


@dataclass(frozen=True, slots=True)
class LogRatio:
    """A ratio as the mean of logs over the anchors, and the half-width (log) of a new network's interval."""

    mean: float
    half_width: float

    @property
    def value(self) -> float:
        """The ratio itself: the geometric mean."""
        return math.exp(self.mean)


def log_ratio(measured: Sequence[float], estimated: Sequence[float]) -> LogRatio:
    """The ratio measured / estimated, and the interval of one more network (Student's t on logs)."""
    logs = np.log(np.array(measured) / np.array(estimated))
    count = len(logs)
    from scipy import special  # slow to import, and estimates from stored fits do without

    quantile = float(special.stdtrit(count - 1, 0.5 + INTERVAL_LEVEL / 2.0))
    return LogRatio(float(logs.mean()), quantile * float(logs.std(ddof=1)) * math.sqrt(1.0 + 1.0 / count))


def leave_one_out_errors(measured: Sequence[float], estimated: Sequence[float]) -> np.ndarray:
    """Relative errors (predicted / measured - 1) of each network, with the ratio of the others."""
    logs = np.log(np.array(measured) / np.array(estimated))
    others = (logs.sum() - logs) / (len(logs) - 1)
    return np.asarray(np.expm1(others - logs))


@dataclass(frozen=True, slots=True)
class NxFit:
    """The measured networks, in the order of ANCHORS, and the ratios of Xavier NX to the energy on the TX2's
    GPU: "energy" (mJ per mJ) and "latency" (ms per mJ)."""

    anchors: tuple[Anchor, ...]
    ratios: Mapping[str, LogRatio]


NX_FAMILY = "xavier-nx"
NX_CLASSES = (NxFit, Anchor, LogRatio)
"""Where the fit is stored, and what it is made of."""


@lru_cache(maxsize=1)
def nx_fit() -> NxFit:
    """The stored fit, else a new one."""
    return fitted(NX_FAMILY, NX_CLASSES, fit_nx)


def fit_nx() -> NxFit:
    """Relate the measured networks to what the TX2's GPU predictor says of them."""
    known = _anchors()
    tx2_energy_mj = [a.tx2_energy_mj for a in known]
    ratios = {
        "energy": log_ratio([a.energy_mj for a in known], tx2_energy_mj),
        "latency": log_ratio([a.latency_ms for a in known], tx2_energy_mj),
    }
    return NxFit(known, ratios)


def _anchors() -> tuple[Anchor, ...]:
    runs = queries.board_runs(kept_bundle())
    chosen = runs[(runs["device_id"] == DEVICE_ID) & (runs["scenario"] == "single-stream")]
    tx2 = tx2_predictor(tx2_target("gpu"))
    found = []
    for network, layers in ANCHORS.items():
        rows = chosen[chosen["model"] == network]
        estimate = tx2.estimate(FusedModel(DELEGATE, tuple(layers())))
        means = rows[["energy_mj", "latency_ms", "idle_power_w"]].mean()
        anchor = Anchor(
            network=network,
            runs=len(rows),
            energy_mj=float(means["energy_mj"]),
            latency_ms=float(means["latency_ms"]),
            idle_power_w=float(means["idle_power_w"]),
            tx2_energy_mj=estimate.energy_mj,
            tx2_latency_ms=estimate.latency_ms,
        )
        found.append(anchor)
    return tuple(found)


@lru_cache(maxsize=1)
def xavier_nx_targets() -> tuple[Target, ...]:
    """The one target of Xavier NX; its held-out error comes from `settings/xavier_nx.toml`."""
    held_out: dict[str, Any] = tomllib.loads(SETTINGS_PATH.read_text(encoding="utf-8"))["held_out"]
    target = Target(
        device_id=DEVICE_ID,
        delegate=DELEGATE,
        precision=PRECISION,
        runtime="tensorrt",
        evidence=Evidence.TRANSFERRED,
        error_percent=float(held_out["energy_median_ape_percent"]),
        error_basis=Message(
            "median over {networks} networks, each left out in turn (latency: {latency:.0f} %); so few say "
            "little, take a total as good to about a factor of 2",
            networks=held_out["networks"],
            latency=float(held_out["latency_median_ape_percent"]),
        ),
        systems=("Xavier_NX_TRT_MaxQ",),
        source_ids=SOURCE_IDS,
        meter=Message("AC wall meter (whole board and adapter), MaxQ power mode"),
        idle_included=True,
        scope=Scope.BOARD_WALL,
        tested="networks",
        error_high_percent=float(held_out["energy_high_ape_percent"]),
        error_count=int(held_out["networks"]),
    )
    return (target,)


def xavier_nx_predictor(target: Target) -> XavierNxPredictor:
    """The predictor of the one of `xavier_nx_targets`."""
    return XavierNxPredictor(target, tx2_predictor(tx2_target("gpu")), nx_fit().ratios, nx_fit().anchors)


@dataclass(frozen=True, slots=True)
class XavierNxPredictor:
    """The TX2 GPU estimate of a network, carried over to Xavier NX."""

    target: Target
    base: Tx2Predictor
    ratios: Mapping[str, LogRatio]
    known: tuple[Anchor, ...]

    def estimate(self, model: FusedModel) -> Estimate:
        """A whole network, one image at a time; energy at the wall, idle included."""
        source = estimated_once(self.base, model)
        energy, latency = self.ratios["energy"], self.ratios["latency"]
        energy_mj, latency_ms = source.energy_mj * energy.value, source.energy_mj * latency.value
        energy_ends, latency_ends = (
            _ends(ratio, source.energy_mj_low, source.energy_mj, source.energy_mj_high)
            for ratio in (energy, latency)
        )
        parts = self._carried(source.kernels)
        return Estimate(
            device_id=DEVICE_ID,
            delegate=DELEGATE,
            precision=PRECISION,
            energy_mj=energy_mj,
            energy_mj_low=energy_ends[0],
            energy_mj_high=energy_ends[1],
            latency_ms=latency_ms,
            latency_ms_low=latency_ends[0],
            latency_ms_high=latency_ends[1],
            evidence=overall_evidence(parts, self.target.evidence),
            kernels=parts,
            warnings=tuple(self._warnings(parts)),
            idle_energy_mj=min(self._idle_power_w() * latency_ms, energy_mj),
            source_ids=SOURCE_IDS,
        )

    def estimate_kernels(self, kernels: Sequence[Kernel]) -> list[KernelEstimate]:
        """Kernels as parts of a network: on Xavier NX no kernel was timed on its own."""
        source = self.base.estimate(FusedModel(DELEGATE, tuple(kernels)))
        return list(self._carried(source.kernels))

    def _carried(self, parts: Sequence[KernelEstimate]) -> tuple[KernelEstimate, ...]:
        laws = {law: _times_ratio(law) for law in dict.fromkeys(part.law for part in parts)}
        return tuple(self._carried_kernel(part, laws[part.law]) for part in parts)

    def _carried_kernel(self, part: KernelEstimate, law: str) -> KernelEstimate:
        energy = self.ratios["energy"]
        low, high = _ends(energy, part.energy_mj_low, part.energy_mj, part.energy_mj_high)
        is_known = part.evidence is Evidence.PREDICTED
        return replace(
            part,
            energy_mj=part.energy_mj * energy.value,
            energy_mj_low=low,
            energy_mj_high=high,
            latency_ms=part.energy_mj * self.ratios["latency"].value,
            evidence=Evidence.TRANSFERRED if is_known else part.evidence,
            law=law,
        )

    def _idle_power_w(self) -> float:
        return float(np.mean([anchor.idle_power_w for anchor in self.known]))

    def _warnings(self, parts: Sequence[KernelEstimate]) -> Iterator[Note]:
        for note in (unsupported_note(parts), approximated_note(parts)):
            if note is not None:
                yield note
        names = ", ".join(anchor.network for anchor in self.known)
        factors = {name: math.exp(ratio.half_width) for name, ratio in self.ratios.items()}
        yield Note(
            "FEW_ANCHORS",
            Message(
                "Only {known} networks measured on this board stand behind this ({names}), by their "
                "ratio to the energy on the TX2's GPU: the interval is wide (factor {energy_factor:.1f} for "
                "energy, {latency_factor:.1f} for time). Time follows from energy, at the mean power of the "
                "three. Networks unlike these were never checked.",
                known=len(self.known),
                names=names,
                energy_factor=factors["energy"],
                latency_factor=factors["latency"],
            ),
        )
        yield Note(
            "WALL_POWER",
            Message(
                "Measured at the AC plug: adapter, board and idle power are in it. Power mode MaxQ, "
                "one image at a time, int8 with TensorRT."
            ),
        )


def _times_ratio(law: str) -> str:
    return Message("{law}, times the ratio of Xavier NX to TX2", law=law) if law else ""


def _ends(ratio: LogRatio, low: float, middle: float, high: float) -> tuple[float, float]:
    """Ends of an interval carried over: the spread of the anchors and the estimate's own, as independent."""
    if middle <= 0.0:
        return 0.0, max(high, 0.0) * ratio.value
    below = math.log(middle / low) if low > 0.0 else math.inf
    above = math.log(high / middle) if high > 0.0 else 0.0
    centre = middle * ratio.value
    down, up = math.hypot(ratio.half_width, below), math.hypot(ratio.half_width, above)
    return centre * math.exp(-down), centre * math.exp(up)
