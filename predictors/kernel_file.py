"""Kernel configurations from a CSV file, the same rows back with predictions."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from predictors.errors import InputError, printable
from predictors.estimates import KernelEstimate
from predictors.kernel_rows import kernel_from_row
from predictors.kernels import Kernel
from predictors.targets import DevicePredictor

MAX_FILE_BYTES = 50_000_000
ADDED_COLUMNS = (
    "energy_mj_pred", "energy_mj_low", "energy_mj_high", "latency_ms_pred", "power_mw_pred", "evidence",
    "law", "in_range",
)  # fmt: skip


def predict_file(path: Path, predictor: DevicePredictor) -> str:
    """The rows of a kernel file as CSV text with `energy_mj_pred`, its 80 % interval and more added.

    Needs a column `kernel`; which others depends on the kernel (`input_hw, c_in, c_out, kernel_size, stride,
    padding, c_in1` to `c_in4`). Raises InputError naming the line for what can't be used; nothing is written
    then.
    """
    header, rows = read_rows(path)
    kernels = [_kernel(row, line) for line, row in enumerate(rows, start=2)]
    estimates = predictor.estimate_kernels(kernels)
    return _write(header, rows, estimates)


def read_rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Header and rows of a CSV file (UTF-8, comma). Raises InputError INPUT_FILE, INPUT_NOT_CSV,
    INPUT_COLUMNS, INPUT_EMPTY, INPUT_VALUE."""
    try:
        if not path.is_file():
            message = f"{printable(str(path))} is not a file. Check the path and try again."
            raise InputError("INPUT_FILE", message)
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InputError("INPUT_FILE", "The kernel file is larger than 50 MB. Split it and try again.")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        message = "The kernel file is not UTF-8 text. Save it as CSV in UTF-8 and try again."
        raise InputError("INPUT_NOT_CSV", message) from None
    except OSError as error:
        message = f"{printable(str(path))} can't be read ({error.strerror}). Check the path and try again."
        raise InputError("INPUT_FILE", message) from None
    return _parse(text)


def _parse(text: str) -> tuple[list[str], list[dict[str, str]]]:
    reader = csv.reader(io.StringIO(text))
    try:
        lines = [line for line in reader if line]
    except csv.Error as error:
        raise InputError("INPUT_NOT_CSV", f"The kernel file is not a CSV table: {error}.") from None
    header = [name.strip() for name in lines[0]] if lines else []
    if "kernel" not in header:
        message = "The kernel file has no column `kernel`. Its first line must name the columns, with commas."
        raise InputError("INPUT_COLUMNS", message)
    if len(set(header)) != len(header):
        raise InputError("INPUT_COLUMNS", "The kernel file names a column twice. Rename one and try again.")
    if len(lines) == 1:
        raise InputError("INPUT_EMPTY", "The kernel file has a header and no rows.")
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(header):
            message = f"Line {number} has {len(line)} cells, the header {len(header)}. Mend it and try again."
            raise InputError("INPUT_VALUE", message)
    return header, [dict(zip(header, line, strict=True)) for line in lines[1:]]


def _kernel(row: dict[str, str], line: int) -> Kernel:
    try:
        return kernel_from_row(row, line - 2)
    except InputError as error:
        raise InputError(error.code, f"Line {line}: {error.message}") from None


def _write(header: list[str], rows: Sequence[dict[str, str]], estimates: Sequence[KernelEstimate]) -> str:
    kept = [name for name in header if name not in ADDED_COLUMNS]
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, [*kept, *ADDED_COLUMNS], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row, part in zip(rows, estimates, strict=True):
        writer.writerow({**row, **_added(part)})
    return buffer.getvalue()


def _added(part: KernelEstimate) -> dict[str, str | float]:
    return {
        "energy_mj_pred": part.energy_mj,
        "energy_mj_low": part.energy_mj_low,
        "energy_mj_high": part.energy_mj_high,
        "latency_ms_pred": part.latency_ms,
        "power_mw_pred": part.power_mw,
        "evidence": part.evidence.value,
        "law": part.law,
        "in_range": str(part.in_range).lower(),
    }
