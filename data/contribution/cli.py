"""`python -m data check`: the findings on a contributed file, as the page shows them."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from data.budgets import MEGABYTE
from data.command_options import BracketParser, given
from data.contribution.check import Checked
from data.contribution.deepen2023 import Conditions
from data.contribution.findings import ERROR, Finding, Findings
from data.contribution.reading import MAX_MEGABYTES, too_large
from data.contribution.schema import LEVELS, template
from data.errors import JouleLensError
from data.messages import Message, shortened
from data.workers import calls

DEEPEN: Final = (".json", ".zip")
"""Endings of files of DeepEn2023, which say their level themselves."""


def add_command(commands: argparse._SubParsersAction[BracketParser]) -> None:
    """Add `check` to the commands of `python -m data`."""
    look = commands.add_parser("check", help="check measurements of your own before you show or hand them in")
    look.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="a CSV file, or JSON and zip files of DeepEn2023"
    )
    look.add_argument(
        "--level", choices=LEVELS, default="application", help="what the rows are (default: %(default)s)"
    )
    look.add_argument("--format", choices=("table", "json"), default="table")
    look.add_argument("--template", action="store_true", help="print an example file of the level instead")
    look.add_argument(
        "--device", default="huawei-p40-pro", help="device of JSON files (default: %(default)s)"
    )
    look.add_argument("--delegate", default="cpu", help="delegate of JSON files (default: %(default)s)")
    look.idle_beside("template", "format", "device", "delegate")


def run(chosen: argparse.Namespace) -> int:
    """Check the files; 0 when all rows can be used, 2 when something is wrong."""
    if problem := _idle(chosen):
        print(f"{problem} [OPTION_VALUE]", file=sys.stderr)
        return 2
    if chosen.template:
        print(template(chosen.level), end="")
        return 0
    if not chosen.files:
        print("Name a file: python -m data check FILE --level kernel", file=sys.stderr)
        return 2
    checked = _check(chosen)
    if chosen.format == "json":
        print(json.dumps(_as_dict(checked), indent=2, ensure_ascii=False))
    else:
        _print_table(checked)
    return 0 if checked.accepted else 2


def _idle(chosen: argparse.Namespace) -> str | None:
    """Say what was given and would have no effect; None where nothing is."""
    if chosen.template:
        idle = "--template prints an example and checks no file. Leave one of them out."
        return idle if chosen.files else None
    has_archive = any(path.suffix.lower() in DEEPEN for path in chosen.files)
    # A level beside files that say theirs is what people write, and does no harm.
    without: set[str] = set() if has_archive else {"device", "delegate"}
    names = [name for option, name in given(chosen).items() if option in without]
    if not names or not chosen.files:
        return None
    return f"{', '.join(names)} has no effect on a CSV file. Leave it out."


def _check(chosen: argparse.Namespace) -> Checked:
    contents, unreadable = _read(chosen.files)
    if unreadable.errors:
        return Checked(chosen.level, (), unreadable, 0)
    if any(path.suffix.lower() in DEEPEN for path in chosen.files):
        return calls.check_deepen(contents, Conditions(chosen.device, chosen.delegate))
    if len(contents) > 1:
        unreadable.add(Finding("ONE_FILE", "Check one CSV file at a time."))
        return Checked(chosen.level, (), unreadable, 0)
    [(name, content)] = contents.items()
    return calls.check_csv(content, chosen.level, name)


def _read(paths: Sequence[Path]) -> tuple[dict[str, bytes], Findings]:
    contents: dict[str, bytes] = {}
    found = Findings()
    for path in paths:
        try:
            with calls.open_regular(path, path.name) as file:
                refused = too_large(os.fstat(file.fileno()).st_size, path.name)
                if refused is None:
                    contents[path.name] = file.read(MAX_MEGABYTES * MEGABYTE)
                else:
                    found.add(refused)
        except JouleLensError as problem:
            found.add(Finding("UNREADABLE_FILE", problem.message, file=path.name))
        except OSError as problem:
            message = Message(
                "{path} cannot be read: {reason}. Check the path.",
                path=str(path),
                reason=problem.strerror or "",
            )
            found.add(Finding("UNREADABLE_FILE", message, file=path.name))
    return contents, found


def _as_dict(checked: Checked) -> dict[str, object]:
    return {
        "level": checked.level,
        "accepted": checked.accepted,
        "rows": checked.rows_read,
        "errors": checked.findings.errors,
        "warnings": checked.findings.warnings,
        "findings": [asdict(finding) for finding in checked.findings],
    }


def _print_table(checked: Checked) -> None:
    for finding in checked.findings:
        sink = sys.stderr if finding.severity == ERROR else sys.stdout
        print(
            f"{shortened(_place(finding))}: {finding.severity}: {finding.message} [{finding.code}]", file=sink
        )
    if checked.findings.left_out:
        print(f"... and {checked.findings.left_out:,} more.", file=sys.stderr)
    verdict = "can be used" if checked.accepted else "nothing is used until the errors are mended"
    print(
        f"{checked.rows_read:,} rows, {checked.findings.errors:,} errors, "
        f"{checked.findings.warnings:,} warnings: {verdict}."
    )


def _place(finding: Finding) -> str:
    parts = [finding.file, f"row {finding.row}" if finding.row else "", finding.column]
    return ", ".join(part for part in parts if part) or "file"
