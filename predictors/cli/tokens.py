"""`python -m predictors tokens`: what a token and an answer of a language model cost on a device."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from predictors.tokens.answer import TokenAnswer
    from predictors.tokens.question import TokenQuestion


def add_tokens_command(commands: Any) -> None:
    """Add the command to those of `python -m predictors`."""
    command = commands.add_parser("tokens", help="energy per token and answer of a language model")
    command.add_argument("gguf", nargs="?", type=Path, help=".gguf file, of which only the header is read")
    command.add_argument("--gguf", dest="gguf_file", type=Path, metavar="FILE", help="the same, by its name")
    command.add_argument("--device", required=True, help="device id, for example jetson-orin-nano")
    command.add_argument("--model", default="", help="name of the model, for example Llama-3.2-1B")
    command.add_argument("--params-b", type=float, metavar="B", help="parameters in billions")
    command.add_argument("--format", dest="weight_format", default="", help="format of the weights: q4_k_m")
    command.add_argument("--weights-mb", type=float, metavar="MB", help="size of the weights")
    command.add_argument("--power-mode", default="", help="power mode, for example 25W")
    command.add_argument("--software", default="", help="runtime, for example Ollama")
    command.add_argument("--input-tokens", type=int, default=256, metavar="N", help="tokens of the prompt")
    command.add_argument("--output-tokens", type=int, default=256, metavar="N", help="tokens of the answer")
    command.add_argument("--battery-wh", type=float, metavar="WH", help="capacity of the battery")
    command.add_argument("--format-out", choices=("table", "json"), default="table")
    command.set_defaults(run=_tokens)


def _tokens(options: argparse.Namespace) -> str:
    from predictors.tokens.estimate import estimate_tokens

    answer = estimate_tokens(_question(options))
    if options.format_out == "json":
        return json.dumps(answer.as_dict(), indent=2)
    return _table(answer)


def _question(options: argparse.Namespace) -> TokenQuestion:
    from predictors.errors import InputError
    from predictors.tokens.question import TokenQuestion

    given = TokenQuestion(
        device_id=options.device,
        model=options.model,
        params_b=options.params_b,
        weight_format=options.weight_format.upper(),
        weights_mb=options.weights_mb,
        power_mode=options.power_mode,
        software=options.software,
        input_tokens=options.input_tokens,
        output_tokens=options.output_tokens,
        battery_wh=options.battery_wh,
    )
    file = options.gguf_file or options.gguf
    if options.gguf_file is not None and options.gguf is not None:
        raise InputError(
            "OPTION_VALUE", "Two .gguf files were named. Name one: the last word, or --gguf FILE."
        )
    if file is None:
        return given
    from data.workers.calls import read_gguf
    from predictors.tokens.question import from_header

    return from_header(given, read_gguf(file, file.name))


def _table(answer: TokenAnswer) -> str:
    figures = [
        ("energy per token", answer.token_mj, "mJ"),
        ("energy per answer", answer.answer_j, "J"),
        ("speed", answer.tokens_per_s, "1/s"),
    ]
    charge = answer.answers_per_charge()
    if charge is not None:
        figures.append(("answers per charge", charge, ""))
    lines = [
        f"{name:<20}{spread.value:>10.4g} {unit:<4} (8 in 10 times {spread.low:.4g} to {spread.high:.4g})"
        for name, spread, unit in figures
    ]
    where = ", ".join(each for each in (answer.scope, answer.rail) if each)
    years = ", ".join(answer.measured_in) or "date not stated"
    lines += [
        f"{'evidence':<20}{answer.evidence.value}: {answer.basis}",
        f"{'what the meter saw':<20}{where}, idle included",
        f"{'software':<20}{', '.join(answer.softwares)}",
        f"{'measured':<20}{years}, {', '.join(answer.sources)}",
    ]
    return "\n".join([*lines, *(f"note: {note}" for note in answer.notes)])
