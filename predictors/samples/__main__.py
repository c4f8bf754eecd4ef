"""`python -m predictors.samples OUT_DIR` writes the sample networks as ONNX files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from data.command_options import BracketParser
from data.command_output import until_reader_leaves
from data.messages import shortened
from predictors.samples.networks import PRECISIONS
from predictors.samples.writer import write_samples


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files and say which. Exit code 2 when the folder cannot be written."""
    parser = BracketParser(prog="python -m predictors.samples", description=__doc__)
    parser.add_argument("out_dir", type=Path, help="folder to write to; made if it is missing")
    parser.add_argument(
        "--precision", choices=PRECISIONS, default="fp32", help="number format (default fp32)"
    )
    options = parser.parse_args(arguments)
    try:
        paths = write_samples(options.out_dir, precision=options.precision)
    except OSError as error:
        place = shortened(str(options.out_dir))
        print(f"Cannot write to {place}: {error.strerror}. Choose another folder.", file=sys.stderr)
        return 2
    for path in paths:
        print(f"{path} ({path.stat().st_size / 1000:.0f} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(until_reader_leaves(main))
