"""The options of every command line: errors are one line, and no option is silently without effect.

A second value for one option, two outputs in one file and an option that another one makes idle are refused
before anything is computed: the exit code of a script must not hide that something was ignored.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

EXIT_BAD_OPTION: Final = 2
CODE: Final = "OPTION_VALUE"
_GIVEN: Final = "options_given"


def output_file(text: str) -> Path:
    """The `type` of an option that names a file which the command writes."""
    return Path(text)


def given(options: argparse.Namespace) -> dict[str, str]:
    """Destination -> name, as written, of every option that was given rather than left at its default."""
    found: dict[str, str] = getattr(options, _GIVEN, {})
    return found


def is_one_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by a link or another way of writing it too; never for devices."""
    try:
        if one.exists() and other.exists():
            return one.samefile(other) and (one.is_file() or one.is_dir())
        return one.resolve() == other.resolve()
    except (OSError, RuntimeError):  # a circle of links, a name too long: whoever opens it says so
        return False


def overwritten(outputs: Sequence[tuple[str, Path]], inputs: Iterable[tuple[str, Path]]) -> str | None:
    """Say which output would overwrite an earlier output or an input; None where none does."""
    for place, (name, path) in enumerate(outputs):
        for other_name, other in (*outputs[:place], *inputs):
            if is_one_file(path, other):
                return f"{other_name} and {name} are one file ({path}). Name another file for {name}"
    return None


class CommandParser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, like every other error of the command lines."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._idle: list[tuple[str, tuple[str, ...]]] = []
        self._idle_alone: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        self.register("action", None, _Once)
        self.register("action", "store", _Once)
        self.register("action", "append", _Again)
        self.register("action", "store_true", _Flag)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line, and end with exit code 2."""
        sys.stderr.write(self.error_line(message.rstrip(".")) + "\n")
        raise SystemExit(EXIT_BAD_OPTION)

    def error_line(self, message: str) -> str:
        """The line: the predictors put codes in front."""
        return f"{CODE}: {message}. Run `{self.prog} --help` for the options."

    def idle_beside(self, option: str, *others: str) -> None:
        """Refuse `others` (destinations) where `option` (destination) is given: they would have no effect."""
        self._idle.append((option, others))

    def idle_without(self, needed: tuple[str, ...], *others: str) -> None:
        """Refuse `others` (destinations) where none of `needed` is given: they would have no effect."""
        self._idle_alone.append((needed, others))

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, and refuse what would be ignored or overwritten."""
        options, rest = super().parse_known_args(args, namespace)
        self._refuse_idle(given(options))
        if problem := overwritten(*self._files(options)):
            self.error(problem)
        return options, rest

    def _refuse_idle(self, known: dict[str, str]) -> None:
        for option, others in self._idle:
            idle = [known[other] for other in others if option in known and other in known]
            if idle:
                self.error(f"{', '.join(idle)} has no effect beside {known[option]}. Leave one of them out")
        for needed, others in self._idle_alone:
            idle = [known[other] for other in others if other in known]
            if idle and known.keys().isdisjoint(needed):
                wanted = " or ".join(f"--{name.replace('_', '-')}" for name in needed)
                self.error(f"{', '.join(idle)} has no effect without {wanted}. Add it, or leave that out")

    def _files(self, options: argparse.Namespace) -> tuple[list[tuple[str, Path]], list[tuple[str, Path]]]:
        """Outputs and inputs that were named, with the names of their options."""
        outputs: list[tuple[str, Path]] = []
        inputs: list[tuple[str, Path]] = []
        for action in self._actions:
            value = getattr(options, action.dest, None)
            name = action.option_strings[0] if action.option_strings else action.dest
            for path in value if isinstance(value, list) else [value]:
                if isinstance(path, Path):
                    (outputs if action.type is output_file else inputs).append((name, path))
        return outputs, inputs


class BracketParser(CommandParser):
    """The same for command lines whose errors have their code behind: `label: ... [OPTION_VALUE]`."""

    def error_line(self, message: str) -> str:
        """The line, with the code at its end."""
        return f"{message}. Run `{self.prog} --help` for the options. [{CODE}]"


class _Noted(argparse.Action):
    """What every option does besides: it is checked, and noted as given, before its value is kept."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if option_string is not None:  # a positional argument is "given" by its default too
            if self.is_again(namespace, values):
                parser.error(f"{option_string} is given twice{self.what(values)}. Give it once")
            setattr(namespace, _GIVEN, {**given(namespace), self.dest: option_string})
        super().__call__(parser, namespace, values, option_string)

    def is_again(self, _namespace: argparse.Namespace, _values: Any) -> bool:
        """Whether the option was given before in a way that leaves open what was meant."""
        return False

    def what(self, _values: Any) -> str:
        """What it was given for, in words; empty where it is for one thing only."""
        return ""


class _Once(_Noted, argparse._StoreAction):
    """An option of one value, refused when it is given twice: which one was meant?"""

    def is_again(self, namespace: argparse.Namespace, _values: Any) -> bool:
        """Whether there is a value already, whatever it is."""
        return self.dest in given(namespace)


class _Again(_Noted, argparse._AppendAction):
    """An option that may be given several times, for another thing each time (`--shape INPUT=...`)."""

    def is_again(self, namespace: argparse.Namespace, values: Any) -> bool:
        """Whether there is a value for the same thing already."""
        return self._thing(values) in map(self._thing, getattr(namespace, self.dest, None) or [])

    def what(self, values: Any) -> str:
        """The thing."""
        return f" for {self._thing(values)}"

    def _thing(self, value: Any) -> str:
        """What a value is for: the name in front of `=` where the option is of that form."""
        if isinstance(value, tuple):
            return str(value[0])
        return str(value).rpartition("=")[0] if "=" in str(self.metavar) else str(value)


class _Flag(_Noted, argparse._StoreTrueAction):
    """An option without a value; twice is the same as once."""
