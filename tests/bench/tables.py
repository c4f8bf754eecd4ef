"""Tables of a bench run: printed, stored as CSV, and gathered in one Markdown file."""

from __future__ import annotations

import csv
import json
import platform
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from os import cpu_count
from pathlib import Path
from typing import Any, TypeAlias

from app.methods.bench_words import TITLES
from data.messages import Message, packed

Cell: TypeAlias = str | int | float | None
Row: TypeAlias = tuple[Cell, ...]
LIBRARIES = ("streamlit", "duckdb", "pandas", "numpy", "onnx", "scikit-learn", "scipy", "plotly")


@dataclass(frozen=True, slots=True)
class Table:
    """One table: `name` is its file's stem, `columns` carry their units, `note` says how it was measured.

    Title, note and cells that are put together are messages, so that the page can tell them in any language.
    `extract` holds the rows to read where `rows` are too many; the CSV always has all of them.
    """

    name: str
    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    extract: tuple[Row, ...] | None = None


def titled(
    name: str,
    note: str,
    columns: tuple[str, ...],
    rows: tuple[Row, ...],
    extract: tuple[Row, ...] | None = None,
) -> Table:
    """A table with the title that belongs to its name."""
    return Table(name, Message(TITLES[name]), note, columns, rows, extract)


def conditions() -> dict[str, str]:
    """What the figures depend on: versions and the size of the machine, not which machine it was."""
    return {
        "cores": str(cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def shown(cell: Cell) -> str:
    """A cell as text: three significant digits at least, "not measured" for None."""
    if cell is None:
        return "not measured"
    if isinstance(cell, float):
        return f"{cell:.3g}" if abs(cell) < 1000 else f"{cell:.0f}"
    return str(cell)


def as_markdown(table: Table) -> str:
    """The table with its title and note, as Markdown."""
    rows, lines = table.rows, [f"## {table.title}", "", table.note, ""]
    if table.extract is not None:
        rows = table.extract
        lines[2] += f" {len(rows)} of {len(table.rows)} rows; all are in `docs/bench/{table.name}.csv`."
    lines.append("| " + " | ".join(table.columns) + " |")
    lines.append("|" + "|".join(" --- " for _ in table.columns) + "|")
    lines += ["| " + " | ".join(shown(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def write_csv(table: Table, folder: Path) -> Path:
    """Store a table as `<name>.csv` with shown figures (None is empty); gives the file."""
    path = folder / f"{table.name}.csv"
    with path.open("w", newline="", encoding="utf-8") as sink:
        writer = csv.writer(sink, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows([["" if cell is None else shown(cell) for cell in row] for row in table.rows])
    return path


def index(tables: Sequence[Table]) -> dict[str, Any]:
    """What `tables.json` holds: per table title, note and rows to read, and each cell that is a message."""
    cells = {
        str(cell): packed(cell) for table in tables for row in table.rows for cell in row if _is_told(cell)
    }
    return {"tables": [_entry(table) for table in tables], "cells": cells}


def _is_told(cell: Cell) -> bool:
    return isinstance(cell, Message) and bool(cell.values)


def _entry(table: Table) -> dict[str, Any]:
    places = {id(row): place for place, row in enumerate(table.rows)}
    extract = None if table.extract is None else [places[id(row)] for row in table.extract]
    return {"name": table.name, "title": packed(table.title), "note": packed(table.note), "extract": extract}


def _write_index(folder: Path, content: Mapping[str, Any]) -> None:
    """One line for each table and cell, so that a change shows which one it is."""
    tables = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in content["tables"])
    cells = ",\n".join(
        f"{json.dumps(text, ensure_ascii=False)}: {json.dumps(message, ensure_ascii=False)}"
        for text, message in sorted(content["cells"].items())
    )
    text = f'{{"tables": [\n{tables}\n], "cells": {{\n{cells}\n}}}}\n'
    (folder / "tables.json").write_text(text, encoding="utf-8")


def report(tables: Sequence[Table], measured_under: Mapping[str, str]) -> str:
    """The Markdown file of a whole run."""
    head = "# Bench\n\nWritten by `make bench`. Measured with " + ", ".join(
        f"{name} {value}" for name, value in measured_under.items()
    )
    return "\n".join([head + ".\n", *(as_markdown(table) for table in tables)])


def renew(tables: Sequence[Table], folder: Path) -> None:
    """Put tables in place of those of the same name in the stored files, or behind the others.

    Raises ValueError if the others were measured under other conditions: then all have to be measured again.
    """
    path = folder / "README.md"
    head, *sections = re.split(r"^(?=## )", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if head != report([], conditions()) + "\n":
        raise ValueError("The stored tables were measured under other conditions. Run all of `make bench`.")
    by_title = {section.splitlines()[0]: section.rstrip("\n") + "\n" for section in sections}
    by_title |= {f"## {table.title}": as_markdown(table) for table in tables}
    path.write_text("\n".join([head.rstrip("\n") + "\n", *by_title.values()]), encoding="utf-8")
    for table in tables:
        write_csv(table, folder)
    stored = json.loads((folder / "tables.json").read_text(encoding="utf-8"))
    new = index(tables)
    entries = {entry["name"]: entry for entry in (*stored["tables"], *new["tables"])}
    cells, shown_now = stored["cells"] | new["cells"], _stored_cells(folder, entries)
    current = {text: message for text, message in cells.items() if text in shown_now}
    _write_index(folder, {"tables": [*entries.values()], "cells": current})


def _stored_cells(folder: Path, names: Iterable[str]) -> set[str]:
    """Every cell of the stored tables: what a message was kept for may have left them."""
    found: set[str] = set()
    for name in names:
        with (folder / f"{name}.csv").open(encoding="utf-8") as source:
            found.update(cell for row in csv.reader(source) for cell in row)
    return found


def store(tables: Sequence[Table], folder: Path | None) -> None:
    """Print the tables; write the Markdown file and one CSV per table into `folder` unless it is None."""
    text = report(tables, conditions())
    sys.stdout.write(text)
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(text, encoding="utf-8")
    _write_index(folder, index(tables))
    for table in tables:
        write_csv(table, folder)
