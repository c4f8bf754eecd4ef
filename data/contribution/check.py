"""Measurements that somebody brings along: checked as a whole, kept in memory, shown beside the bundle's.

A file with one wrong cell is not loaded at all; the report names every such cell. Nothing here is stored or
sent: the rows live as long as the caller keeps them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from data.contribution.checks import Value, check_rows
from data.contribution.findings import Findings
from data.contribution.reading import read_table
from data.contribution.schema import ID_COLUMN, LEVELS, TABLES, schema
from data.dictionary import table
from data.errors import ContributionError
from data.inert_csv import csv_text

if TYPE_CHECKING:
    import pandas as pd

YOURS: Final = "yours"
"""`source_id` of rows that a user brought along."""

FLAGGED: Final = "yours-inconsistent"
"""`correction_ids` of a row whose figures do not fit together; a warning said which."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check: the rows, if none is wrong, and everything there is to say."""

    level: str
    rows: tuple[Mapping[str, Value], ...]
    findings: Findings
    rows_read: int
    flagged: frozenset[str] = frozenset()
    """Ids of rows that a warning says something about."""

    @property
    def accepted(self) -> bool:
        """True when the rows may be shown."""
        return self.findings.errors == 0 and bool(self.rows)


def check_csv(content: bytes, level: str, file: str = "") -> Checked:
    """Check one CSV file of a level (`application`, `kernel`, `board`).

    Never raises for what is in the file; raises ContributionError `UNKNOWN_LEVEL` for another level.
    """
    if level not in LEVELS:
        raise ContributionError(
            "UNKNOWN_LEVEL",
            "There is no level {level}. Use one of: {levels}.",
            level=level,
            levels=", ".join(LEVELS),
        )
    fields = schema(level)
    findings = Findings()
    text = read_table(content, fields, findings, file)
    rows = check_rows(text.rows, fields, findings, file)
    warned = {finding.row for finding in findings if finding.row and finding.code in _DOUBTS}
    flagged = {
        str(row[ID_COLUMN]) for row, line in zip(rows, text.rows, strict=True) if str(line.line) in warned
    }
    kept = tuple(rows) if findings.errors == 0 else ()
    return Checked(level, kept, findings, len(text.rows), frozenset(flagged))


_DOUBTS: Final = ("ENERGY_POWER_TIME", "IDLE_ABOVE_MEAN")


def frame(checked: Checked) -> pd.DataFrame:
    """Return accepted rows with the columns of the bundle's table, `source_id` "yours", and the row's own id.

    What the bundle computes from other columns (MACs of a kernel) is computed here in the same way. Rows of a
    check that was not accepted are never handed out: raises ContributionError `NOT_ACCEPTED`.
    """
    import pandas as pd

    if not checked.accepted:
        raise ContributionError(
            "NOT_ACCEPTED", "The file has errors, so none of its rows is used. Mend them first."
        )
    rows = [_completed(checked, row) for row in checked.rows]
    wanted = [column.name for column in table(TABLES[checked.level]).stored]
    extra = [name for name in ("macs_m", "params_m") if checked.level == "board"]
    columns = list(dict.fromkeys([ID_COLUMN, *wanted, *extra]))
    filled = pd.DataFrame(rows, columns=columns)
    numeric = [each.name for each in schema(checked.level) if each.kind in ("number", "integer")]
    for name in dict.fromkeys([*numeric, "macs_m", "dynamic_energy_mj"]):
        if name in filled:
            filled[name] = pd.to_numeric(filled[name])
    return filled


def _completed(checked: Checked, row: Mapping[str, Value]) -> dict[str, Value]:
    identifier = str(row[ID_COLUMN])
    full = dict(row) | {"source_id": YOURS, "batch": row.get("batch") or 1}
    full["correction_ids"] = FLAGGED if identifier in checked.flagged else None
    if checked.level == "kernel":
        full |= {"kernel_id": identifier, "macs_m": kernel_macs_m(row), "latency_repaired": False}
        full |= {
            "power_repaired": False,
            "configured": row.get("input_hw") is not None or row.get("c_in") is not None,
        }
    if checked.level == "board":
        full["dynamic_energy_mj"] = _above_idle(row)
    return full


def kernel_macs_m(row: Mapping[str, Value]) -> float | None:
    """Return the multiply-accumulates (millions) of one kernel, padded borders, as the bundle counts them.

    None for kernel types without multiplications by weights and for kernels without configuration.
    """
    kernel = row.get("kernel")
    if kernel == "fc":
        return _product(row, "c_in", "c_out")
    names = {"conv-bn-relu": ("c_in", "c_out"), "dwconv-bn-relu": ("c_in",)}.get(str(kernel))
    side, stride, window = (_number(row.get(name)) for name in ("input_hw", "stride", "kernel_size"))
    if names is None or side is None or stride is None or window is None:
        return None
    channels = _product(row, *names)
    return None if channels is None else math.ceil(side / stride) ** 2 * window * window * channels


def _product(row: Mapping[str, Value], *names: str) -> float | None:
    values = [_number(row.get(name)) for name in names]
    known = [value for value in values if value is not None]
    return math.prod(known) / 1e6 if len(known) == len(names) else None


def _above_idle(row: Mapping[str, Value]) -> float | None:
    energy, idle, mean = (_number(row.get(name)) for name in ("energy_mj", "idle_power_w", "avg_power_w"))
    return None if energy is None or idle is None or not mean else energy * (1 - idle / mean)


def _number(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def as_csv(checked: Checked) -> str:
    """Return accepted rows as a CSV file that passes the same check again."""
    names = [each.name for each in schema(checked.level)]
    return csv_text(names, ({name: _written(row.get(name)) for name in names} for row in checked.rows))


def _written(value: Value) -> Value:
    return str(value).lower() if isinstance(value, bool) else value


def device_ids(checked: Checked) -> Sequence[str]:
    """Return the devices of the rows, in order of appearance."""
    return tuple(dict.fromkeys(str(row["device_id"]) for row in checked.rows))
