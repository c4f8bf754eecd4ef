"""`python -m app.label`: the label of a device's score or of a model's estimate, as SVG, PNG or JSON."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from app.i18n.texts import LANGUAGES, SOURCE
from app.label.content import make_label
from app.label.errors import LabelError
from app.label.facts import Facts, Issue
from app.label.files import FORMATS, STYLES, label_file, speaking
from app.label.shapes import THEMES
from data.command_options import BracketParser, output_file
from data.command_output import until_reader_leaves
from data.errors import JouleLensError
from scoring.candidates import ScoreName

BAD_INPUT: Final = 2
BASE_URL_VARIABLE: Final = "JOULELENS_URL"
BASE_URL: Final = "http://localhost:8501"
_SCORES: Final[dict[str, ScoreName]] = {"pcs": "PCS", "iecs": "IECS"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write one label; return 0, or 2 with one message on standard error."""
    options = _parser().parse_args(arguments)
    try:
        _write(options, _facts(options))
    except JouleLensError as error:
        print(f"label: {error.message} [{error.code}]", file=sys.stderr)
        return BAD_INPUT
    return 0


def _facts(options: argparse.Namespace) -> Facts:
    from app.label.gather import score_facts

    if options.what == "device":
        return score_facts(options.device, _SCORES[options.score])
    return _model_facts(options)


def _model_facts(options: argparse.Namespace) -> Facts:
    from app.label.gather import estimate_facts
    from predictors.estimate import estimate_model

    report = estimate_model(
        options.file,
        device=options.device,
        delegate=options.delegate,
        precision=options.precision,
        shapes=dict(options.shape) or None,
    )
    if not report.estimates:
        raise LabelError("NO_ESTIMATE", report.not_estimated[0].reason.message)
    return estimate_facts(report, report.estimates[0], name=options.name or options.file.stem)


def _write(options: argparse.Namespace, facts: Facts) -> None:
    from data.version import DATA_VERSION
    from predictors.version import METHOD_VERSION

    issue = Issue(options.date, DATA_VERSION, METHOD_VERSION, options.base_url.rstrip("/"))
    with speaking(options.lang):
        made = label_file(make_label(facts, issue), options.format, options.style, options.theme)
    if options.out is None:
        sys.stdout.buffer.write(made.content)
        sys.stdout.buffer.flush()
        return
    try:
        options.out.write_bytes(made.content)
    except OSError as error:
        raise LabelError(
            "CANNOT_WRITE",
            "{out} cannot be written ({reason}). Choose another place.",
            out=str(options.out),
            reason=error.strerror,
        ) from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-11-21") from error


def _shape(text: str) -> tuple[str, tuple[int, ...]]:
    name, _, extents = text.rpartition("=")
    try:
        shape = tuple(int(extent) for extent in extents.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not INPUT=1,3,224,224") from error
    if not name or min(shape) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not INPUT=1,3,224,224")
    return name, shape


def _parser() -> BracketParser:
    parser = BracketParser(
        prog="python -m app.label",
        description="The label of a device's score or of a model's estimate: letter, value, interval, what "
        "it rests on, versions, and an address under which it can be read again.",
    )
    kinds = parser.add_subparsers(dest="what", required=True)
    device = kinds.add_parser("device", help="the score of a measured device")
    device.add_argument("device", metavar="DEVICE_ID", help="such as huawei-p40-pro")
    device.add_argument("--score", choices=list(_SCORES), default="pcs", help="default: %(default)s")
    model = kinds.add_parser("model", help="the estimate for a model of your own")
    model.add_argument("file", type=Path, metavar="FILE.onnx")
    model.add_argument("--device", default="huawei-p40-pro", help="default: %(default)s")
    model.add_argument("--delegate", default="cpu", help="default: %(default)s")
    model.add_argument("--precision", help="default: the model's own")
    model.add_argument("--name", help="name on the label (default: the file's)")
    model.add_argument(
        "--shape", type=_shape, action="append", default=[], metavar="INPUT=1,3,224,224",
        help="shape of an input that the file leaves open; may be repeated",
    )  # fmt: skip
    for kind in (device, model):
        _add_looks(kind)
    return parser


def _add_looks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=FORMATS, default="svg", help="default: %(default)s")
    parser.add_argument("--style", choices=STYLES, default="label", help="badge: one line for a README")
    parser.add_argument("--theme", choices=list(THEMES), default="light", help="default: %(default)s")
    parser.add_argument(
        "--lang", choices=list(LANGUAGES), default=SOURCE, help="language of the words (default: %(default)s)"
    )
    parser.add_argument("--out", type=output_file, metavar="FILE", help="default: standard output")
    parser.add_argument(
        "--date", type=_day, default=datetime.now(UTC).date(), help="date on the label (default: today)"
    )
    parser.add_argument(
        "--base-url",
        default=os.environ.get(BASE_URL_VARIABLE, BASE_URL),
        help=f"address of the app that the label leads to (default: {BASE_URL_VARIABLE} or {BASE_URL})",
    )


if __name__ == "__main__":
    sys.exit(until_reader_leaves(main))
