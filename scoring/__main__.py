"""Command line: `python -m scoring FILE.csv --tdp-w W` prints one JSON object."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from data.command_options import BracketParser
from data.command_output import until_reader_leaves
from data.errors import JouleLensError
from scoring.errors import ScoringError
from scoring.iecs import iecs
from scoring.measurements import MeasuredRow, rows_possible
from scoring.pcs import pcs
from scoring.score import ScoreNote
from scoring.table import COLUMNS, MAX_FILE_BYTES, read_table

BAD_INPUT: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Score one file; return 0, or 2 with one message on standard error for input that cannot be scored."""
    options = _parser().parse_args(arguments)
    try:
        rows = read_table(_content(options.file), options.file.name)
        report = score_report(rows, options.tdp_w)
    except JouleLensError as error:
        print(f"scoring: {error}", file=sys.stderr)
        return BAD_INPUT
    print(json.dumps(report, indent=2, ensure_ascii=False))
    return 0


def score_report(rows: Sequence[MeasuredRow], tdp_w: float) -> dict[str, object]:
    """Return both scores of one device, ready for JSON.

    `pcs` in points, `iecs` in inferences per joule (this project's reading), neither rounded.
    `rows_used` rows have a power and an energy, of `rows_possible`: the 35 cells of the published table and
    any further cell of the file. `coverage` is their ratio. Raises ScoringError.
    """
    power, energy = pcs(rows, tdp_w), iecs(rows)
    used = sum(row.avg_power_w is not None and row.energy_per_inference_j is not None for row in rows)
    possible = rows_possible(rows)
    notes = (*dict.fromkeys((*power.notes, *energy.notes)), *_half_empty(rows))
    return {
        "pcs": power.value,
        "iecs": energy.value,
        "tdp_w": tdp_w,
        "rows_used": used,
        "rows_possible": possible,
        "coverage": used / possible,
        "pcs_rows_used": power.rows_used,
        "iecs_rows_used": energy.rows_used,
        "warnings": [{"code": note.code, "message": note.message} for note in notes],
    }


def _half_empty(rows: Sequence[MeasuredRow]) -> tuple[ScoreNote, ...]:
    halves = [row for row in rows if (row.avg_power_w is None) != (row.energy_per_inference_j is None)]
    if not halves:
        return ()
    return (
        ScoreNote(
            "HALF_EMPTY_ROW",
            f"{len(halves)} of the rows have a power or an energy but not both (first: {halves[0].place}). "
            "Each figure counts for its own score; the row is not counted in rows_used.",
        ),
    )


def _content(file: Path) -> bytes:
    try:
        if file.exists() and not file.is_file():
            raise ScoringError(
                "UNREADABLE_FILE",
                "{file} is a folder, device or pipe. Name a table of one device.",
                file=file,
            )
        with file.open("rb") as opened:
            return opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ScoringError(
            "UNREADABLE_FILE",
            "{file} cannot be read ({strerror}). Check the path.",
            file=file,
            strerror=error.strerror,
        ) from error


def _parser() -> BracketParser:
    parser = BracketParser(
        prog="python -m scoring",
        description="Power Consumption Score (PCS) and Inference Energy Consumption Score (IECS) of one "
        "device; higher is better. Prints one JSON object.",
    )
    parser.add_argument("file", type=Path, help=f"CSV with the columns {', '.join(COLUMNS)} (W, J)")
    parser.add_argument("--tdp-w", type=float, required=True, help="thermal design power of the chip (W)")
    return parser


if __name__ == "__main__":
    sys.exit(until_reader_leaves(main))
