"""Command line of the data layer: build the bundle, examine it, refresh checksums, check measurements."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from data.bundle import default_path, open_bundle
from data.bundle_build.build import build
from data.bundle_build.checksums import write_checksums
from data.bundle_build.doctor import as_text, examine
from data.command_options import BracketParser
from data.command_output import until_reader_leaves
from data.contribution import cli
from data.dictionary import load_dictionary
from data.errors import JouleLensError
from data.layout import Layout
from data.tracing import cli as tracing


def _parser() -> BracketParser:
    parser = BracketParser(prog="python -m data", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("build", help="build the bundle from the figures")
    make.add_argument(
        "--only-licensed", action="store_true", help="leave out sources without a stated licence"
    )
    make.add_argument("--out", type=Path, default=None, help="where to write the bundle")
    look = commands.add_parser("doctor", help="say what is there, which versions, and whether it is intact")
    look.add_argument("--format", choices=("table", "json"), default="table")
    look.add_argument("--bundle", type=Path, default=None, help="bundle to examine")
    trace = commands.add_parser("trace", help="energy, power and inferences of a power recording")
    tracing.add_arguments(trace)
    share = commands.add_parser("export", help="write the bundle as a data set that others can load")
    share.add_argument("folder", type=Path, metavar="DIR", help="where to write it")
    commands.add_parser("checksum", help="record the checksums of all figure files as they are now")
    cli.add_command(commands)
    return parser


def _build(out: Path, only_licensed: bool) -> int:
    started = time.perf_counter()
    report = build(out, only_licensed=only_licensed)
    seconds = time.perf_counter() - started
    size = report.path.stat().st_size / 1e6
    print(
        f"Built {report.path}: {sum(report.rows.values()):,} rows in {len(report.rows)} tables, "
        f"{size:.1f} MB."
    )
    print(
        f"content hash {report.content_hash}, {seconds:.1f} s" + (", only licensed" if only_licensed else "")
    )
    return 0


def _export(folder: Path) -> int:
    from data.dataset.export import export

    files = export(open_bundle(), folder)
    size = sum(file.stat().st_size for file in files) / 1e6
    print(f"Wrote {len(files)} files, {size:.1f} MB, to {folder}.")
    return 0


def _doctor(path: Path, style: str) -> int:
    examination = examine(path)
    print(json.dumps(examination.as_dict(), indent=2) if style == "json" else as_text(examination))
    return 0 if examination.intact else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 when the doctor found something, 2 for refused input."""
    chosen = _parser().parse_args(arguments)
    try:
        if chosen.command == "build":
            return _build(chosen.out or default_path(), chosen.only_licensed)
        if chosen.command == "doctor":
            return _doctor(chosen.bundle or default_path(), chosen.format)
        if chosen.command == "check":
            return cli.run(chosen)
        if chosen.command == "trace":
            return tracing.run(chosen)
        if chosen.command == "export":
            return _export(chosen.folder)
        names = write_checksums(Layout(), load_dictionary().values())
        print(f"Recorded the checksums of {len(names)} figure files.")
    except JouleLensError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(until_reader_leaves(main))
