"""Own kernels as files beside the device's: `NAME.kernels.csv` (measured), `NAME.kernels.json` (the fit).

The fit holds the rows that it was made of: while kernels are measured anew, the tables change under it.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from data.inert_csv import csv_text
from data.messages import Message
from data.regular_files import read_small
from predictors.energy.fitting.gaussian_process import GaussianSettings
from predictors.energy.own_kernels.features import FEATURES, Floats
from predictors.energy.own_kernels.models import MeasuredKernel
from predictors.errors import InputError, printable
from predictors.model.kernels import Kernel, KernelConfig, KernelKind

VERSION: Final = 3
WITHOUT_TABLES: Final = 2
"""A fit of this form is read with the tables that lie beside it: it does not hold what it was made of."""
CONFIG: Final = tuple(each.name for each in fields(KernelConfig) if each.name not in {"padding", "concat_c"})
SIZES: Final = ("macs", "params", "input_elements", "output_elements")
TIMES: Final = ("latency_ms", "network_ms", "threads")
COLUMNS: Final = ("network", "kernel", *CONFIG, *SIZES, "ops", "inputs", *TIMES)
NUMBERS: Final = ("pace", "node_ms", "composition_sd", "error_percent", "worst_percent")
LEAST_SHARE: Final = 0.2
"""Of a kernel's time by the profiler, which is most of the few microseconds of the smallest ones."""
SMOOTHNESS: Final = frozenset({0.5, 1.5, 2.5})  # those that `matern` knows
MOST_WHOLE: Final = 2**63
"""No count of a kernel needs more than 64 bits, and more of them can't become a float."""
UNREADABLE: Final = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
    OverflowError,
    csv.Error,
)
"""What reading a damaged fit or table raises; OverflowError is that of a number like 1e999."""
MOST_BYTES: Final = 20_000_000
"""100,000 kernels of 21 columns take about 10 MB."""


@dataclass(frozen=True, slots=True)
class PowerFit:
    """What a sensor told of looped kernels: hyper-parameters of the model of ln watts, and how well kernels
    are predicted that were left out: median and worst error (%) over so many kernels."""

    settings: GaussianSettings
    error_percent: float
    worst_percent: float
    kernels: int


@dataclass(frozen=True, slots=True)
class KernelFit:
    """The numbers of a fit: hyper-parameters by kind, and how well whole networks are predicted.

    A network takes `pace` times the sum of its kernels (without unit) and `node_ms` more for each of them,
    less where it is negative: what the profiler leaves out of a kernel or adds to it. `error_percent` is the
    median over `networks` that were left out with everything found again without them; `composition_sd` makes
    the 80 % ranges hold for four in five of them, and `coverage_percent` of them lie in a range that was
    found from the others alone (None in a fit that was written before it was looked at).
    """

    settings: Mapping[str, GaussianSettings]
    pace: float
    node_ms: float
    composition_sd: float
    error_percent: float
    worst_percent: float
    networks: int
    power: PowerFit | None = None
    coverage_percent: float | None = None


def kernels_csv(rows: Sequence[MeasuredKernel]) -> str:
    """Measured kernels as a table."""
    return csv_text(COLUMNS, [dict(zip(COLUMNS, _cells(row), strict=True)) for row in rows])


def _cells(row: MeasuredKernel) -> list[object]:
    return [*kernel_cells(row), round(row.latency_ms, 6), round(row.network_ms, 6), row.threads]


def kernel_cells(row: MeasuredKernel) -> list[object]:
    """What a kernel is, under the columns before `TIMES`."""
    kernel = row.kernel
    return [
        row.network, kernel.kind.value, *(getattr(kernel.config, name) for name in CONFIG),
        *(getattr(kernel, name) for name in SIZES), len(kernel.ops), len(kernel.input_shapes),
    ]  # fmt: skip


def read_kernels(text: str) -> list[MeasuredKernel]:
    """Measured kernels from a table. Raises InputError DEVICE_FILE_DAMAGED."""
    try:
        return [_row(cells) for cells in csv.DictReader(io.StringIO(text))]
    except UNREADABLE as error:
        raise damaged(str(error) or type(error).__name__) from None


def _row(cells: Mapping[str, str]) -> MeasuredKernel:
    latency_ms, network_ms = _finite(cells["latency_ms"]), _finite(cells["network_ms"])
    return MeasuredKernel(
        kernel_of(cells), latency_ms, cells["network"], network_ms, _whole(cells["threads"])
    )


def _finite(value: Any) -> float:
    if not math.isfinite(number := float(value)):
        raise ValueError(f"{number} where a number is needed")
    return number


def _whole(value: Any) -> int:
    if not -MOST_WHOLE <= (number := int(value)) < MOST_WHOLE:
        raise ValueError("a whole number of more than 64 bits")
    return number


def kernel_of(cells: Mapping[str, str]) -> Kernel:
    """The kernel that a row describes. Raises KeyError, ValueError."""
    of_config: dict[str, Any] = {name: _whole(cells[name]) for name in CONFIG}
    sizes: dict[str, Any] = {name: _whole(cells[name]) for name in SIZES}
    return Kernel(
        index=0,
        name="",
        kind=KernelKind(cells["kernel"]),
        config=KernelConfig(**of_config),
        ops=("",) * min(int(cells["ops"]), 1000),
        input_shapes=((),) * min(int(cells["inputs"]), 1000),
        **sizes,
    )


@dataclass(frozen=True, slots=True)
class FitTables:
    """What a fit was made of, as tables (CSV): measured kernels, and those looped under a sensor, if any."""

    kernels: str
    looped: str = ""


def fit_json(fit: KernelFit, tables: FitTables) -> str:
    """A fit with what it was made of as text."""
    content = {key: getattr(fit, key) for key in KernelFit.__slots__ if key not in {"settings", "power"}}
    content |= {} if fit.power is None else {"power": asdict(fit.power)}
    settings = {name: asdict(each) for name, each in fit.settings.items()}
    return json.dumps({"version": VERSION, **content, "settings": settings, **asdict(tables)}, indent=1)


def read_fit(text: str) -> tuple[KernelFit, FitTables]:
    """A fit and what it was made of from its text; no tables where they lie beside it (`WITHOUT_TABLES`).

    Raises InputError DEVICE_FILE_DAMAGED, DEVICE_FILE_NEWER, DEVICE_FILE_OLDER.
    """
    try:
        content: dict[str, Any] = json.loads(text)
        if (version := _whole(content["version"])) not in {VERSION, WITHOUT_TABLES}:
            raise _of_another_version(version)
        settings = {str(name): _settings(each) for name, each in content["settings"].items()}
        power = _power_of(content["power"]) if "power" in content else None
        numbers = {key: _finite(content[key]) for key in NUMBERS}
        coverage = content.get("coverage_percent")
        fit = KernelFit(
            settings=settings,
            networks=_whole(content["networks"]),
            power=power,
            coverage_percent=None if coverage is None else _finite(coverage),
            **numbers,
        )
        if version == WITHOUT_TABLES:
            return fit, FitTables("")
        return fit, FitTables(str(content["kernels"]), str(content["looped"]))
    except UNREADABLE as error:
        raise damaged(str(error) or type(error).__name__) from None


def _power_of(content: Mapping[str, Any]) -> PowerFit:
    percent = {key: _finite(content[key]) for key in ("error_percent", "worst_percent")}
    return PowerFit(_settings(content["settings"]), kernels=_whole(content["kernels"]), **percent)


def _settings(content: Mapping[str, Any]) -> GaussianSettings:
    """Hyper-parameters that a model can be made with: it is made later, where an error has no file."""
    found = GaussianSettings.from_mapping(content)
    if not set(found.features) <= FEATURES.keys() or not set(found.trend) <= set(found.features):
        raise ValueError("an unknown feature")
    for term in found.terms:
        if term.nu not in SMOOTHNESS or len(term.length_scales) != len(found.features):
            raise ValueError("a term that does not fit the features")
        if not all(each > 0.0 for each in term.length_scales):
            raise ValueError("a length scale that is not above 0")
    variances = [found.noise_variance, found.noise_per_unit, *(term.variance for term in found.terms)]
    if not all(_finite(each) >= 0.0 for each in variances):
        raise ValueError("a variance below 0")
    return found


def _of_another_version(version: int) -> InputError:
    if version > VERSION:
        return InputError(
            "DEVICE_FILE_NEWER",
            "The fit of the kernels has the form {found:d}, and this copy of JouleLens reads up to "
            "{newest:d}. Update JouleLens.",
            found=version,
            newest=VERSION,
        )
    return InputError(
        "DEVICE_FILE_OLDER",
        "The fit of the kernels has the form {found:d} of an older JouleLens, which lacks the step from "
        "kernels to networks. Measure them anew with `python -m predictors measure kernels`, then `measure "
        "fit`.",
        found=version,
    )


def damaged(why: str) -> InputError:
    """The error of a file that does not hold what it should."""
    return InputError(
        "DEVICE_FILE_DAMAGED",
        "The kernels of the device can't be used: {what}. Fit them again with `python -m predictors measure "
        "fit`, or measure them anew with `measure kernels`.",
        what=printable(why, 160),
    )


def kernel_paths(folder: Path, device_id: str) -> tuple[Path, Path]:
    """Where the measured kernels and their fit lie."""
    return folder / f"{device_id}.kernels.csv", folder / f"{device_id}.kernels.json"


def power_path(folder: Path, device_id: str) -> Path:
    """Where the kernels lie whose energy was measured in a loop."""
    return folder / f"{device_id}.kernels.energy.csv"


def measured_tables(folder: Path, device_id: str) -> FitTables:
    """What was measured, as it lies in the folder. Raises InputError INPUT_FILE."""
    rows, looped = kernel_paths(folder, device_id)[0], power_path(folder, device_id)
    return FitTables(read_text(rows), read_text(looped) if looped.is_file() else "")


def fit_changed_ns(toml_path: str) -> int:
    """When the fit beside a device file was written (ns); 0 where there is none.

    What was fitted is kept under it, so that another `measure fit` counts at once.
    """
    if not toml_path:
        return 0
    _, fit_path = kernel_paths(Path(toml_path).parent, Path(toml_path).stem)
    try:
        return fit_path.stat().st_mtime_ns
    except OSError:
        return 0


def read_text(path: Path) -> str:
    """The text of a file. Raises InputError INPUT_FILE."""
    try:
        return read_small(path, MOST_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "INPUT_FILE",
            "{path} can't be read ({reason}). Measure kernels first, with `measure kernels --name NAME "
            "--out DIR`.",
            path=printable(str(path)),
            reason=getattr(error, "strerror", None) or Message("not UTF-8"),
        ) from None


def in_network(alone_ms: Floats, pace: float, node_ms: float) -> Floats:
    """Times of kernels within a network (ms) from those by the profiler, which may add to the short ones."""
    return np.maximum(pace * alone_ms + node_ms, LEAST_SHARE * alone_ms)
