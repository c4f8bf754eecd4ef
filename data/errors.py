"""What can go wrong with figures, dictionary and bundle, each with a stable code and a message for people."""

from __future__ import annotations

import errno
from typing import Any, Final

from data.messages import Message

CODES: dict[str, str] = {
    "BAD_LINE": "a line of the list of checksums is not one",
    "BUNDLE_UNREADABLE": "the bundle is missing, damaged or of another version",
    "BUSY": "too much is being read at this moment",
    "BYTE_ORDER_MARK": "the file begins with a byte order mark, which is skipped",
    "CHECKSUM_MISMATCH": "a figure file is not the one its checksum was taken of",
    "CHECKSUM_MISSING": "a figure file has no checksum",
    "COMMA_IN_NUMBER": "a number holds a comma between thousands",
    "CONTROL_CHARACTER": "a text holds a line break or control character",
    "CORRECTION_VALUE_DIFFERS": "a declared correction finds another value than it names",
    "CORRECTION_WITHOUT_ROW": "a declared correction finds no row",
    "DECIMAL_COMMA": "a number holds a comma as its decimal sign",
    "DERIVED_TABLE": "a correction names a table that is computed",
    "DERIVED_VALUE": "a computed column differs from its computation",
    "DUPLICATE_ID": "two rows or corrections have one id",
    "DUPLICATE_KEY": "two rows of a table have one key",
    "DUPLICATE_SOURCE": "two sources have one id",
    "EMPTY_CELL": "a cell that every row needs is empty",
    "EMPTY_FILE": "the file has no content",
    "ENCODING": "the table is not text in UTF-8",
    "ENERGY_POWER_TIME": "energy is not power times time",
    "FILE_MISSING": "a file of the figures is missing",
    "FILE_TOO_LARGE": "the file is larger than its budget",
    "FOLDER_NOT_OURS": "the folder for the bundle belongs to another user",
    "FORMULA": "a text starts like a formula of a spreadsheet",
    "GGUF_CUT": "a .gguf file ends within its header",
    "GGUF_DAMAGED": "the header of a .gguf file makes no sense",
    "GGUF_EMPTY": "a .gguf file has no content",
    "GGUF_NO_LANGUAGE_MODEL": "a .gguf file holds no language model",
    "GGUF_OTHER_KIND": "the file is no .gguf file",
    "GGUF_TOO_LARGE": "the header of a .gguf file is larger than its budget",
    "GGUF_VERSION": "a version of .gguf that is not read",
    "IDLE_ABOVE_MEAN": "the power at rest is above the mean power",
    "INCOMPLETE_CONFIGURATION": "a kernel lacks a number that its type needs",
    "INCOMPLETE_CORRECTION": "a declared correction lacks a part",
    "INCOMPLETE_SOURCE": "a source lacks a part",
    "LINK_ROWS": "a link holds no table of measurements that can be used",
    "MISSING_COLUMN": "a needed column is missing",
    "MISSING_FACTOR": "a column in another unit than published has no factor",
    "MISSING_LABEL": "a column of the dictionary has no label",
    "MISSING_MEANING": "a table or column of the dictionary has no meaning",
    "MISSING_TITLE": "a table of the dictionary has no title",
    "MISSING_TYPE": "a column of the dictionary has no type",
    "MISSING_UNIT": "a column of the dictionary has no unit",
    "MISSING_VALUE": "a cell that every row needs is empty",
    "NOT_ACCEPTED": "measurements with errors are not used",
    "NOT_AN_IDENTIFIER": "an id holds a sign that ids do not have",
    "NOT_A_FILE": "the path is not a file",
    "NOT_A_FOLDER": "the path is not a folder",
    "NOT_A_NUMBER": "a cell that should be a number is not one",
    "NOT_A_WHOLE_NUMBER": "a cell that should be a whole number is not one",
    "NOT_A_YES_OR_NO": "a cell of a figure file is neither true nor false",
    "NOT_A_ZIP": "the file is no zip archive",
    "NOT_CSV": "the file is no readable CSV table",
    "NOT_DEEPEN": "the archive is not of the DeepEn2023 data set",
    "NOT_FOUND": "the file cannot be opened",
    "NOT_JSON": "the file is not JSON",
    "NOT_TOML": "the file is not TOML",
    "NOT_WRITABLE": "the place cannot be written to",
    "NOT_YES_OR_NO": "a cell of a contribution is neither true nor false",
    "NO_CONFIGURATION": "a kernel has no configuration",
    "NO_ENERGY": "a kernel has no energy",
    "NO_ROWS": "the table has no rows",
    "NO_SCRATCH": "the temporary folder cannot be used",
    "NO_SPACE": "the disk is full",
    "ONE_FILE": "the archive has to hold several files",
    "OUTPUT_UNWRITTEN": "the output ended before everything was written",
    "OUT_OF_RANGE": "a number is outside of what its column allows",
    "REPEATED_COLUMN": "two columns have one name",
    "SQL_BUSY": "too many queries run at this moment",
    "SQL_EMPTY": "there is no query",
    "SQL_FAILED": "the query failed",
    "SQL_NOT_ALLOWED": "the query uses what queries may not use",
    "SQL_NOT_SHOWABLE": "the result holds a type that cannot be shown",
    "SQL_ONE_STATEMENT": "more than one statement",
    "SQL_ONLY_SELECT": "a statement that is no SELECT",
    "SQL_RESULT_TOO_LARGE": "the result is larger than its budget",
    "SQL_SYNTAX": "the query is no valid SQL",
    "SQL_TIMEOUT": "the query ran longer than it may",
    "SQL_TOO_LONG": "the text of the query is longer than its budget",
    "SQL_TOO_MUCH_MEMORY": "the query needed more memory than it may",
    "SQL_TOO_NESTED": "the query is nested too deeply",
    "SQL_UNKNOWN_NAME": "a table or column that does not exist",
    "TEXT_TOO_LONG": "a text is longer than its column allows",
    "TOO_LARGE": "the file or archive is larger than its budget",
    "TOO_MANY_COLUMNS": "the table has more columns than its budget",
    "TOO_MANY_ROWS": "the table has more rows than its budget",
    "UNKNOWN_ACTION": "a correction names an action that does not exist",
    "UNKNOWN_COLUMN": "a column that does not exist",
    "UNKNOWN_DEVICE": "a row names a device that is not listed",
    "UNKNOWN_FIELD": "a source or correction has a part that does not exist",
    "UNKNOWN_LEVEL": "a level of measurement that does not exist",
    "UNKNOWN_REFERENCE": "a row names another row that does not exist",
    "UNKNOWN_SETTING": "a setting of the dictionary that does not exist",
    "UNKNOWN_SOURCE": "a figure names a source that nobody described",
    "UNKNOWN_TABLE": "a table that does not exist",
    "UNKNOWN_TYPE": "a type of column that does not exist",
    "UNKNOWN_UNIT": "a unit that does not exist",
    "UNKNOWN_WORD": "a word that the column does not allow",
    "UNREADABLE_FILE": "the file cannot be read as text",
    "UNREADABLE_ROW": "a row of a figure file cannot be read",
    "VALUE_OUT_OF_RANGE": "a figure is outside of what its column allows",
    "WORK_ANSWER": "what was read is larger than its budget for an answer",
    "WORK_CRASHED": "the isolated reader stopped unexpectedly",
    "WORK_MEMORY": "reading needed more memory than its budget",
    "WORK_TIME": "reading took longer than its budget",
    "WRONG_COLUMN": "the columns of a figure file are not those of its table",
    "WRONG_DELIMITER": "the cells are not divided by commas",
    "WRONG_NUMBER_OF_CELLS": "a row has more or fewer cells than the heading",
}
"""Every code of this layer but those of recordings, with what it means in a few words."""


PASSING: Final = frozenset({"BUSY", "NO_SPACE", "NO_SCRATCH"})
"""Codes of what soon may be otherwise with the same file: never remembered in the place of its content."""


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
        "NOT_FOUND",
        "{name} cannot be opened: {reason}. Check the path.",
        name=name,
        reason=problem.strerror or "",
    )


def no_space() -> WorkError:
    """The error of work whose samples found no room on the disk."""
    return WorkError(
        "NO_SPACE", "The disk of the server is full, so that nothing can be read now. Try again later."
    )


def not_kept(problem: OSError) -> WorkError:
    """The error of work for which no temporary file could be made or written."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_space()
    return WorkError(
        "NO_SCRATCH",
        "The temporary folder of the server cannot be used ({reason}), so that nothing can be read now. Set "
        "TMPDIR to a folder that can be written to.",
        reason=problem.strerror or type(problem).__name__,
    )


class GgufError(DataError):
    """A .gguf file whose header cannot be used: cut short, of another kind, or damaged."""


class SqlError(DataError):
    """A query typed by a user was refused or failed."""


def too_much_memory() -> SqlError:
    """The error of a query that needed more memory than it may use."""
    message = Message("The query used more memory than it may. Ask for fewer rows or shorter texts.")
    return SqlError("SQL_TOO_MUCH_MEMORY", message)


def too_slow(seconds: float) -> SqlError:
    """The error of a query that ran longer than `seconds`."""
    message = Message(
        "The query took longer than {seconds:g} s and was stopped. Filter or join less.", seconds=seconds
    )
    return SqlError("SQL_TIMEOUT", message)


def no_query() -> SqlError:
    """The error of an empty query."""
    return SqlError("SQL_EMPTY", "There is no query. Type a SELECT, or take one of the examples.")
