"""Kernel configurations from a CSV file, the same rows back with predictions."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data.inert_csv import csv_text, typed
from data.messages import Message
from predictors.errors import InputError, printable
from predictors.model.kernel_rows import kernel_from_row
from predictors.model.kernels import Kernel
from predictors.results.columns import KERNEL
from predictors.results.estimates import Evidence, KernelEstimate
from predictors.results.targets import DevicePredictor

MAX_FILE_BYTES = 50_000_000  # about 500,000 kernels
SEPARATORS = ",;\t"
"""What may stand between cells; spreadsheets of many countries write semicolons. The answer keeps it."""
_FIGURES = {
    "energy_mj_pred": "energy_mj",
    "energy_mj_low": "energy_mj_low",
    "energy_mj_high": "energy_mj_high",
    "latency_ms_pred": "latency_ms",
    "power_mw_pred": "power_mw",
}
"""Name in the file, where measured figures may stand beside it -> column."""
ADDED_COLUMNS = (*_FIGURES, "evidence", "law", "in_range")


@dataclass(frozen=True, slots=True)
class KernelTable:
    """Header and cells of a kernel file, the line each row ends on, and what separates its cells."""

    header: list[str]
    rows: list[dict[str, str]]
    lines: list[int]
    separator: str


def predict_file(path: Path, predictor: DevicePredictor) -> str:
    """The rows of a kernel file as CSV text with `energy_mj_pred`, its 80 % interval and more added.

    Needs a column `kernel`; which others depends on the kernel (`input_hw, c_in, c_out, kernel_size, stride,
    padding, c_in1` to `c_in4`). The figures of a kernel without any (`evidence` unsupported) are empty cells.
    Raises InputError naming the line for what can't be used; nothing is written then.
    """
    table = read_table(path)
    kernels = [
        _kernel(row, index, line)
        for index, (row, line) in enumerate(zip(table.rows, table.lines, strict=True))
    ]
    return _write(table, predictor.estimate_kernels(kernels))


def read_table(path: Path) -> KernelTable:
    """The table in a CSV file (UTF-8; commas, semicolons or tabs). Raises InputError INPUT_FILE,
    INPUT_NOT_CSV, INPUT_COLUMNS, INPUT_EMPTY, INPUT_VALUE."""
    try:
        if not path.is_file():
            message = Message(
                "{path} is not a file. Check the path and try again.", path=printable(str(path))
            )
            raise InputError("INPUT_FILE", message)
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InputError("INPUT_FILE", "The kernel file is larger than 50 MB. Split it and try again.")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        message = Message("The kernel file is not UTF-8 text. Save it as CSV in UTF-8 and try again.")
        raise InputError("INPUT_NOT_CSV", message) from None
    except OSError as error:
        message = Message(
            "{path} can't be read ({strerror}). Check the path and try again.",
            path=printable(str(path)),
            strerror=error.strerror,
        )
        raise InputError("INPUT_FILE", message) from None
    return _parse(text)


def _parse(text: str) -> KernelTable:
    rows, lines = [], []
    try:
        header, separator = _header(text)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        cells_of_lines = [(cells, reader.line_num) for cells in reader if cells][1:]
    except csv.Error as error:
        raise InputError(
            "INPUT_NOT_CSV",
            "The kernel file is not a CSV table: {error}. Save it as CSV and try again.",
            error=error,
        ) from None
    for cells, line in cells_of_lines:
        if len(cells) != len(header):
            message = Message(
                "Line {line_number} has {cells} cells, the header {header}. Mend it and try again.",
                line_number=line,
                cells=len(cells),
                header=len(header),
            )
            raise InputError("INPUT_VALUE", message)
        rows.append(dict(zip(header, map(typed, cells), strict=True)))
        lines.append(line)
    if not rows:
        message = Message("The kernel file has a header and no rows. Add a row per kernel and try again.")
        raise InputError("INPUT_EMPTY", message)
    return KernelTable(header, rows, lines, separator)


def _header(text: str) -> tuple[list[str], str]:
    """Column names, and the separator with which one of them is `kernel`."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    for separator in SEPARATORS:
        names = [name.strip() for name in next(csv.reader([first], delimiter=separator), [])]
        if "kernel" not in names:
            continue
        if len(set(names)) != len(names):
            message = Message("The kernel file names a column twice. Rename one and try again.")
            raise InputError("INPUT_COLUMNS", message)
        return names, separator
    message = Message(
        "The kernel file has no column `kernel`. Its first line must name the columns, with commas."
    )
    raise InputError("INPUT_COLUMNS", message)


def _kernel(row: dict[str, str], index: int, line: int) -> Kernel:
    try:
        return kernel_from_row(row, index)
    except InputError as error:
        raise InputError(error.code, "Line {line}: {message}", line=line, message=error.message) from None


def _write(table: KernelTable, estimates: Sequence[KernelEstimate]) -> str:
    kept = [name for name in table.header if name not in ADDED_COLUMNS]
    rows = ({**row, **_added(part)} for row, part in zip(table.rows, estimates, strict=True))
    return csv_text([*kept, *ADDED_COLUMNS], rows, delimiter=table.separator)


def _added(part: KernelEstimate) -> dict[str, object]:
    # A 0 would be averaged as if it were a figure.
    no_figure = part.evidence is Evidence.UNSUPPORTED
    return {
        **{name: "" if no_figure else KERNEL[column].value(part) for name, column in _FIGURES.items()},
        "evidence": part.evidence.value,
        "law": part.law,
        "in_range": str(part.in_range).lower(),
    }
