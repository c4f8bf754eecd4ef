"""What can go wrong with figures, dictionary and bundle, each with a stable code and a message for people."""

from __future__ import annotations

from typing import Any

from data.messages import Message


class JouleLensError(Exception):
    """Base of every error that reaches people, in all layers.

    `code` is stable (scripts and tests match on it); `message` says what happened, why, and what to do next,
    as a template with its values. `JouleLensError("x-y", "{n} rows are empty. Fill them in.", n=3)`.
    """

    def __init__(self, code: str, template: str, /, **values: Any) -> None:
        self.code = code
        self.message = template if isinstance(template, Message) else Message(template, **values)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.message), {"__notes__": getattr(self, "__notes__", [])}


class DataError(JouleLensError):
    """Base of every error of this layer."""


class DictionaryError(DataError):
    """The dictionary of tables and columns is incomplete or contradicts itself."""


class SourceError(DataError):
    """A source record is incomplete, or a figure names a source nobody described."""


class ChecksumError(DataError):
    """A figure file is missing or is not the one its checksum was taken of."""


class FigureError(DataError):
    """A figure file holds something its table does not allow."""


class CorrectionError(DataError):
    """A declared correction is malformed or no longer matches the figures."""


class BundleError(DataError):
    """The bundle is missing, damaged or cannot be written."""


class ContributionError(DataError):
    """Measurements that somebody brought along cannot be used as asked."""


class WorkError(DataError):
    """Work on what comes from outside was refused or ended: it cost more than its budget, or nobody waits."""


def not_opened(name: str, problem: OSError) -> WorkError:
    """The error of a file that the system does not open."""
    return WorkError(
        "not-found",
        "{name} cannot be opened: {reason}. Check the path.",
        name=name,
        reason=problem.strerror or "",
    )


class GgufError(DataError):
    """A .gguf file whose header cannot be used: cut short, of another kind, or damaged."""


class SqlError(DataError):
    """A query typed by a user was refused or failed."""


def too_much_memory() -> SqlError:
    """The error of a query that needed more memory than it may use."""
    message = Message("The query used more memory than it may. Ask for fewer rows or shorter texts.")
    return SqlError("sql-too-much-memory", message)


def too_slow(seconds: float) -> SqlError:
    """The error of a query that ran longer than `seconds`."""
    message = Message(
        "The query took longer than {seconds:g} s and was stopped. Filter or join less.", seconds=seconds
    )
    return SqlError("sql-timeout", message)


def no_query() -> SqlError:
    """The error of an empty query."""
    return SqlError("sql-empty", "There is no query. Type a SELECT, or take one of the examples.")
