"""What can go wrong with figures, dictionary and bundle, each with a stable code and a message for people."""

from __future__ import annotations


class DataError(Exception):
    """Base of every error of this layer.

    `code` is stable and short (`unknown-source`); `message` says what happened, where, and what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} [{code}]")
        self.code = code
        self.message = message


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


class SqlError(DataError):
    """A query typed by a user was refused or failed."""


def too_much_memory() -> SqlError:
    """The error of a query that needed more memory than it may use."""
    message = "The query used more memory than it may. Ask for fewer rows or shorter texts."
    return SqlError("sql-too-much-memory", message)


def too_slow(seconds: float) -> SqlError:
    """The error of a query that ran longer than `seconds`."""
    message = f"The query took longer than {seconds:g} s and was stopped. Filter or join less."
    return SqlError("sql-timeout", message)


def no_query() -> SqlError:
    """The error of an empty query."""
    return SqlError("sql-empty", "There is no query. Type a SELECT, or take one of the examples.")
