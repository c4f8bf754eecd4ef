"""The server's log: one line of JSON per event on standard error, and nothing of what visitors bring along.

No file name, no name from a file, no text typed by anybody, no address of anybody is written: events carry
ids of our own, counts, sizes, codes and durations. A defect is described by its type and by the places in our
code that it came through, without its message, which may quote a file.
"""

from __future__ import annotations

import json
import logging
import os
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
CODES: Final = {
    "BAD_ADDRESS_NUMBER": "a number in the address is none, or outside of its limits",
    "BROKEN_LABEL": "a part of the address is missing or strange",
    "CANNOT_WRITE": "the label cannot be written",
    "CLAIMED_BY_ADDRESS": "the figures of a label stand in its address and were not checked",
    "CONTRIBUTION_REFUSED": "the measurements on the page have errors",
    "HOST_TOO_LONG": "the name of the host is too long",
    "KERNELS_MISSING": "some kernels have no figure on a device",
    "METRICS_OFF": "the metrics of the server are switched off",
    "NO_ESTIMATE": "the model has no estimate on the device",
    "NO_FIGURE": "no kernel of the model has a figure on the device",
    "NO_LABEL": "the address names no label",
    "NO_SCORE": "the measurements give no score",
    "NO_SCORES": "the device has no scores",
    "NO_TDP": "the IECS has no TDP to go by",
    "OTHER_VERSION": "a label of another version of data or method",
    "OWN_FILE_GONE": "the address names an uploaded file that this session does not have",
    "PHASE_OUTSIDE": "a phase lies outside of the recording",
    "SERVER_FAILED": "the server failed in a way nobody foresaw",
    "TIME_OUTSIDE": "a time in the address lies outside of the recording",
    "UNEXPECTED": "the page failed in a way nobody foresaw",
    "UNKNOWN_ADDRESS_FILTER": "the address filters a column that the table lacks",
    "UNKNOWN_ADDRESS_VALUE": "the address names a value that does not exist",
    "UNKNOWN_DEVICE": "a device that does not exist",
    "UNKNOWN_FORMAT": "a format of file that labels do not have",
    "UNKNOWN_LANGUAGE": "a language that labels do not have",
    "UNKNOWN_SAMPLE": "a sample that does not exist",
    "UNKNOWN_STYLE": "a style that labels do not have",
    "UNKNOWN_THEME": "a theme that labels do not have",
    "UPLOADS_FULL": "the server holds as many uploaded files as it may",
    "UPLOAD_STALLED": "an upload stopped on its way",
}
"""Every code of the app itself (pages, labels, server), with what it means in a few words."""
LEVEL_VARIABLE: Final = "JOULELENS_LOG_LEVEL"
"""Environment variable with the lowest level that is written: debug, info (the default), warning or error."""
LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

_LOG: Final = logging.getLogger("joulelens")


class JsonLines(logging.Formatter):
    """A record as one line: time (UTC), level, event, then its facts."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        stamp = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {"time": stamp, "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps(head | getattr(record, "facts", {}), ensure_ascii=True, default=str)


def set_up() -> None:
    """Write events to standard error from now on; called once, by the server's own process."""
    if not any(isinstance(handler.formatter, JsonLines) for handler in _LOG.handlers):
        handler = logging.StreamHandler()
        handler.setFormatter(JsonLines())
        _LOG.addHandler(handler)
    _LOG.propagate = False
    _LOG.setLevel(LEVELS.get(os.environ.get(LEVEL_VARIABLE, "").lower(), logging.INFO))


def event(name: str, /, level: int = logging.INFO, **facts: Any) -> None:
    """Write one event with its facts, none of which may come from a visitor."""
    _LOG.log(level, name, extra={"facts": facts})


def defect(place: str, error: BaseException) -> None:
    """Write that a part of a page failed by a fault of ours: its type and the way through our code."""
    event("defect", logging.ERROR, place=place, type=type(error).__name__, way=_way(error))


def _way(error: BaseException) -> list[str]:
    """The places that an error came through, as `app/x.py:12 function`; those of libraries by their name."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames][-12:]


def _short(file: str) -> str:
    path = Path(file)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else "/".join(path.parts[-2:])


@contextmanager
def timed(name: str, /, **facts: Any) -> Iterator[dict[str, Any]]:
    """Write an event when the block ends, with its duration (ms) and how it ended; facts may be added to it.

    `outcome` is "ok", the code of a coded error, or the type of any other. Streamlit's signals to stop or run
    again are no failures: they end a page as "ok".
    """
    begin = time.perf_counter()
    outcome = "ok"
    try:
        yield facts
    except Exception as error:
        outcome = str(getattr(error, "code", "") or type(error).__name__)
        raise
    finally:
        event(name, **{"outcome": outcome} | facts, ms=round(1000.0 * (time.perf_counter() - begin), 1))
