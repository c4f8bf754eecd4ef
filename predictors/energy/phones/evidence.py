"""What the reference networks say about every other phone: ratios, intervals, held-out errors.

All ratios are against the Huawei P40 Pro's CPU (one big core), because that is where the kernel predictor
stands. The measured applications are those of Tu et al. (SEC 2023), source `tu-2023-sec`.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from data.messages import Message
from predictors.energy.fitting.transfer import (
    Fit,
    HeldOut,
    LogInterval,
    RatioCell,
    RatioLayout,
    RatioModel,
    RatioSettings,
    fit_medians,
    fit_ratios,
    leave_one_network_out,
    residual_interval,
)
from predictors.energy.stored.store import fitted
from predictors.model.reference_networks import REFERENCE_DNNS
from predictors.results.targets import HeldOutErrors

if TYPE_CHECKING:
    import pandas as pd

Quantity: TypeAlias = Literal["energy", "latency"]
QUANTITIES: tuple[Quantity, ...] = ("energy", "latency")
Method: TypeAlias = Literal["pooled", "median"]
METHODS: tuple[Method, ...] = ("pooled", "median")

SETTINGS_PATH = Path(__file__).parents[2] / "settings" / "phones.toml"


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    """The contents of `settings/phones.toml`."""

    source_device_id: str
    source_delegate: str
    application_over_kernels: float
    pools: Mapping[str, tuple[str, ...]]
    methods: Mapping[tuple[Quantity, str], Method]
    int8_of: Mapping[str, str]
    fit: RatioSettings
    tail: float
    fewest_networks: int
    widest_factor: float

    def fit_by(self, method: Method) -> Fit:
        """What makes a model of cells, by the name of the method."""
        return fit_medians if method == "median" else partial(fit_ratios, settings=self.fit)


@lru_cache(maxsize=1)
def phone_settings() -> PhoneSettings:
    """Read the settings file."""
    raw: dict[str, Any] = tomllib.loads(SETTINGS_PATH.read_text(encoding="utf-8"))
    return PhoneSettings(
        source_device_id=raw["source"]["device_id"],
        source_delegate=raw["source"]["delegate"],
        application_over_kernels=raw["source"]["application_over_kernels"],
        pools={delegate: tuple(pool) for delegate, pool in raw["pools"].items()},
        methods={
            (quantity, delegate): raw["method"][quantity][delegate]
            for quantity in QUANTITIES
            for delegate in raw["pools"]
        },
        int8_of=raw["int8_of"],
        fit=RatioSettings(**raw["fit"]),
        tail=raw["interval"]["tail"],
        fewest_networks=raw["thin"]["fewest_networks"],
        widest_factor=raw["thin"]["widest_factor"],
    )


def ratio_cells(applications: pd.DataFrame, quantity: Quantity, settings: PhoneSettings) -> list[RatioCell]:
    """Every measured cell of the other delegates and phones against the source's cell of the same network.

    `applications` has columns device_id, dnn_id, delegate, precision, energy_mj, avg_power_w; cells printed
    empty (null) and networks the source lacks give no ratio. Latency (ms) is energy (mJ) over power (W).
    """
    filled = applications.dropna(subset=["energy_mj", "avg_power_w"])
    source = {row.dnn_id: row for row in filled.itertuples() if _is_source(row, settings)}
    return [
        RatioCell(
            device_id=row.device_id,
            delegate=row.delegate,
            dnn_id=row.dnn_id,
            precision=row.precision,
            log_ratio=math.log(_value(row, quantity) / _value(source[row.dnn_id], quantity)),
            log_source_mj=math.log(source[row.dnn_id].energy_mj),
        )
        for row in filled.itertuples()
        if row.dnn_id in source and not _is_source(row, settings)
    ]


def _is_source(row: Any, settings: PhoneSettings) -> bool:
    return bool(row.device_id == settings.source_device_id and row.delegate == settings.source_delegate)


def _value(row: Any, quantity: Quantity) -> float:
    energy_mj = float(row.energy_mj)
    return energy_mj if quantity == "energy" else energy_mj / float(row.avg_power_w)


@dataclass(frozen=True, slots=True)
class PrecisionStep:
    """From fp32 to int8 on the source phone: mean log ratio of the networks measured in both precisions.

    `interval` is the 80 % prediction interval of one more network (Student's t over the pairs);
    `held_out` has the residual (log) of each fp32 network when its own pair is left out.
    """

    log_ratio: float
    interval: LogInterval
    held_out: Mapping[str, float]


def precision_step(applications: pd.DataFrame, quantity: Quantity, settings: PhoneSettings) -> PrecisionStep:
    """Fit the step from fp32 to int8 on the source phone and delegate. Needs at least two pairs."""
    source = {
        row.dnn_id: _value(row, quantity)
        for row in applications.dropna(subset=["energy_mj", "avg_power_w"]).itertuples()
        if _is_source(row, settings)
    }
    logs = {
        fp32: math.log(source[int8] / source[fp32])
        for fp32, int8 in settings.int8_of.items()
        if fp32 in source and int8 in source
    }
    from scipy import special  # slow to import, and estimates from stored fits do without

    values = np.array(list(logs.values()))
    count = len(values)
    quantile = float(special.stdtrit(count - 1, 0.9))
    half = quantile * float(values.std(ddof=1)) * math.sqrt(1.0 + 1.0 / count)
    total = float(values.sum())
    held = {dnn_id: log - (total - log) / (count - 1) for dnn_id, log in logs.items()}
    return PrecisionStep(total / count, LogInterval(half, half), held)


@dataclass(frozen=True, slots=True)
class PoolFit:
    """The ratios of one pool of delegates: its cells, the fit on all, and what each left-out network gave."""

    cells: tuple[RatioCell, ...]
    model: RatioModel
    held_out: tuple[HeldOut, ...]


FAR_OFF = math.log(10.0)
"""Ten times as much is no scatter: such a network ran in another way than the others, and is named."""


@dataclass(frozen=True, slots=True)
class PhoneEvidence:
    """Everything fitted for transfer, per quantity and delegate. Intervals are kept once computed."""

    settings: PhoneSettings
    pools: Mapping[tuple[Quantity, str], PoolFit]
    steps: Mapping[Quantity, PrecisionStep]
    devices: tuple[str, ...]
    _ratio_intervals: dict[tuple[Quantity, str, str], LogInterval] = field(
        default_factory=dict, compare=False
    )
    _errors: dict[tuple[str, str], HeldOutErrors] = field(default_factory=dict, compare=False)

    def held_out(self, quantity: Quantity, delegate: str, precision: str) -> list[HeldOut]:
        """Held-out residuals of a delegate and precision over all phones."""
        wanted = (delegate, precision)
        held_out = self.pools[quantity, delegate].held_out
        return [item for item in held_out if (item.cell.delegate, item.cell.precision) == wanted]

    def networks(self, device_id: str, delegate: str, precision: str) -> tuple[str, ...]:
        """Reference networks measured on this device and delegate and on the source."""
        wanted = (device_id, delegate, precision)
        cells = self.pools["energy", delegate].cells
        return tuple(c.dnn_id for c in cells if (c.device_id, c.delegate, c.precision) == wanted)

    def ratio_interval(self, quantity: Quantity, delegate: str, precision: str) -> LogInterval:
        """Spread of the ratios of a delegate and precision around the fit, from left-out networks."""
        key = (quantity, delegate, precision)
        if key not in self._ratio_intervals:
            found = residual_interval(self.held_out(quantity, delegate, precision), self.settings.tail)
            self._ratio_intervals[key] = found
        return self._ratio_intervals[key]

    def is_source(self, device_id: str, delegate: str) -> bool:
        """Whether this is the phone and delegate all ratios are against."""
        settings = self.settings
        return (device_id, delegate) == (settings.source_device_id, settings.source_delegate)

    def interval(self, quantity: Quantity, device_id: str, delegate: str, precision: str) -> LogInterval:
        """Interval of the whole way from the source's fp32 estimate, without that estimate's own."""
        step = self.steps[quantity].interval if precision == "int8" else LogInterval(0.0, 0.0)
        if self.is_source(device_id, delegate):
            return step
        return self.ratio_interval(quantity, delegate, precision).combined(step)

    def why_thin(self, device_id: str, delegate: str, precision: str) -> str:
        """Why no number is given for this target; empty when the evidence carries one."""
        if self.is_source(device_id, delegate):
            return ""
        count, needed = len(self.networks(device_id, delegate, precision)), self.settings.fewest_networks
        if count < needed:
            return Message(
                "evidence too thin: {count} of the reference networks in {precision} were measured "
                "on this phone's {delegate} and on the P40 Pro's CPU, at least {needed} are needed",
                count=count,
                precision=precision,
                delegate=delegate,
                needed=needed,
            )
        factor = self.interval("energy", device_id, delegate, precision).factor
        if factor <= self.settings.widest_factor:
            return ""
        limit = self.settings.widest_factor
        wide = Message(
            "evidence too thin: the ratios measured on {delegate} in {precision} differ so "
            "much that the 80 % interval would span a factor of {factor:.0f} (limit "
            "{limit:.0f})",
            delegate=delegate,
            precision=precision,
            factor=factor,
            limit=limit,
        )
        far = self._far_off(delegate, precision)
        return wide if far is None else Message("{wide}; {far}", wide=wide, far=far)

    def _far_off(self, delegate: str, precision: str) -> Message | None:
        """The network that is furthest from what the others let expect, and on how many phones it is."""
        held_out = self.held_out("energy", delegate, precision)
        far = [item for item in held_out if item.residual_log > FAR_OFF]
        if not far:
            return None
        dnn_id = max(far, key=lambda item: item.residual_log).cell.dnn_id
        multiples = [math.exp(item.residual_log) for item in far if item.cell.dnn_id == dnn_id]
        return Message(
            "{network} took {low:.0f} to {high:.0f} times what the other networks let expect, on {phones} of "
            "{measured} phones",
            network=REFERENCE_DNNS[dnn_id][0],
            low=min(multiples),
            high=max(multiples),
            phones=len(multiples),
            measured=sum(item.cell.dnn_id == dnn_id for item in held_out),
        )

    def errors(self, device_id: str, delegate: str, precision: str) -> HeldOutErrors:
        """Errors of energy for the whole way from the source's fp32 figure, each network left out in turn.

        Pairs of network and phone, of all phones together: one phone has three to seven networks, which say
        little on their own. For int8 both steps leave the network out: the one from fp32, and the ratio.
        """
        key = ("source" if self.is_source(device_id, delegate) else delegate, precision)
        if key not in self._errors:
            residuals = self._residuals(*key)
            ape_percent = 100.0 * np.abs(np.exp(-np.array(residuals, dtype=np.float64)) - 1.0)
            self._errors[key] = HeldOutErrors.of(ape_percent)
        return self._errors[key]

    def _residuals(self, delegate: str, precision: str) -> list[float]:
        step = self.steps["energy"].held_out
        if delegate == "source":
            return list(step.values())
        fp32_of = {int8: fp32 for fp32, int8 in self.settings.int8_of.items()}
        model = self.pools["energy", delegate].model
        return [
            item.residual_log
            + (1.0 + model.slope(item.cell.device_id, delegate))
            * step.get(fp32_of.get(item.cell.dnn_id, ""), 0.0)
            for item in self.held_out("energy", delegate, precision)
        ]


def build_evidence(applications: pd.DataFrame, settings: PhoneSettings) -> PhoneEvidence:
    """Fit everything from the table of application measurements (columns as in `ratio_cells`)."""
    pools: dict[tuple[Quantity, str], PoolFit] = {}
    for quantity in QUANTITIES:
        cells = ratio_cells(applications, quantity, settings)
        fits: dict[tuple[tuple[str, ...], Method], PoolFit] = {}
        for delegate, pool in settings.pools.items():
            method = settings.methods[quantity, delegate]
            if (pool, method) not in fits:
                of_pool = [cell for cell in cells if cell.delegate in pool]
                fits[pool, method] = _fit_pool(of_pool, settings.fit_by(method))
            pools[quantity, delegate] = fits[pool, method]
    steps = {quantity: precision_step(applications, quantity, settings) for quantity in QUANTITIES}
    devices = tuple(dict.fromkeys(str(device_id) for device_id in applications["device_id"]))
    return PhoneEvidence(settings, pools, steps, devices)


def _fit_pool(cells: Sequence[RatioCell], fit: Fit) -> PoolFit:
    return PoolFit(tuple(cells), fit(cells), tuple(leave_one_network_out(cells, fit)))


@lru_cache(maxsize=1)
def phone_evidence() -> PhoneEvidence:
    """The evidence of the bundled application measurements, fitted once per process (about 0.3 s)."""
    return fitted(PHONES_FAMILY, PHONES_CLASSES, fit_phones)


PHONES_FAMILY = "phones"
PHONES_CLASSES = (
    PhoneEvidence, PhoneSettings, PoolFit, PrecisionStep, RatioCell, RatioSettings, RatioLayout, RatioModel,
    HeldOut, LogInterval,
)  # fmt: skip
"""Where this fit is stored, and what it is made of."""


def fit_phones() -> PhoneEvidence:
    """Fit everything from the bundle's measurements (half a second)."""
    from data import kept_bundle, queries

    found = build_evidence(queries.application_measurements(kept_bundle()), phone_settings())
    # Found now, their spreads are stored with the fit: a process that asks needs no scipy for them.
    for quantity, delegate in found.pools:
        for precision in ("fp32", "int8"):
            found.ratio_interval(quantity, delegate, precision)
    return found
