"""What was measured so far, in a file beside the device's: interruptions lose nothing, `--resume` goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from data.messages import Message, joined, packed, unpacked
from data.regular_files import read_small
from predictors.errors import InputError, printable
from predictors.measuring.estimating import Stretch

VERSION: Final = 1
CURVE_POINTS: Final = 600  # of power for the page: the last ten minutes at one a second
MOST_BYTES: Final = 50_000_000
"""Of a record that is read again: a day of latencies of a small network has fewer."""
"""Points of the power curve that the file holds for the page: the last ten minutes at one a second."""


@dataclass
class Record:
    """The settings of a measuring run, its stretches, notes, and the power curve of late."""

    settings: dict[str, Any]
    stretches: list[Stretch] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    refused: dict[str, Message] = field(default_factory=dict)
    curve: list[tuple[float, float, str]] = field(default_factory=list)
    progress: dict[str, Any] = field(default_factory=dict)

    def note(self, text: Message) -> None:
        """Keep a remark once."""
        if text not in self.notes:
            self.notes.append(text)

    @property
    def runs(self) -> int:
        """How many times measuring was begun."""
        return 1 + max((each.run for each in self.stretches), default=-1)


def record_path(out: Path, device_id: str) -> Path:
    """Where the record of a device lies."""
    return out / f"{device_id}.measuring.json"


def save(record: Record, path: Path) -> None:
    """Write the record in the place of the earlier one, at once. Raises InputError MEASURE_FILE."""
    content = {
        "version": VERSION,
        "settings": record.settings,
        "stretches": [asdict(each) for each in record.stretches],
        "notes": [packed(each) for each in record.notes],
        "refused": {key: packed(why) for key, why in record.refused.items()},
        "curve": record.curve[-CURVE_POINTS:],
        "progress": record.progress,
    }
    write_safely(path, json.dumps(content))


def write_safely(path: Path, text: str) -> None:
    """Write a file so that an earlier one stays whole if that fails. Raises InputError MEASURE_FILE."""
    beside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise InputError(
            "MEASURE_FILE",
            "{path} can't be written ({reason}). Make room or choose another folder; what was written before "
            "is whole, and --resume goes on from there.",
            path=printable(str(path)),
            reason=error.strerror or "unknown reason",
        ) from None


def load(path: Path) -> Record:
    """A record as it was saved. Raises InputError MEASURE_RESUME."""
    try:
        content = json.loads(read_small(path, MOST_BYTES))
        if content["version"] != VERSION:
            raise ValueError("another version")
        stretches = [
            Stretch(
                **{**each, "latencies_ms": tuple(each["latencies_ms"]), "thread_ms": tuple(each["thread_ms"])}
            )
            for each in content["stretches"]
        ]
        return Record(
            dict(content["settings"]),
            stretches,
            [_message(each) for each in content["notes"]],
            {key: _message(why) for key, why in content["refused"].items()},
            [(float(s), float(w), str(name)) for s, w, name in content["curve"]],
            dict(content["progress"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise InputError(
            "MEASURE_RESUME",
            "There is nothing to go on with in {path} ({reason}). Measure without --resume.",
            path=printable(str(path)),
            reason=printable(getattr(error, "strerror", None) or str(error) or type(error).__name__),
        ) from None


def _message(content: Any) -> Message:
    text = unpacked(content)
    return text if isinstance(text, Message) else joined([text])


def resumed(path: Path, settings: dict[str, Any]) -> Record:
    """The record to go on with; what the runtime refused is tried again.

    Raises InputError MEASURE_RESUME where it was measured in another way.
    """
    record = load(path)
    before, now = _fixed(record.settings), _fixed(settings)
    other = [key for key in now if before[key] != now[key]]
    if other:
        raise InputError(
            "MEASURE_RESUME",
            "{path} was measured with another {what} ({before}, now {now}). Use the same, or measure without "
            "--resume.",
            path=printable(str(path)),
            what=other[0],
            before=printable(before[other[0]]),
            now=printable(now[other[0]]),
        )
    # The meter of a recording that was joined already stays that of its figures.
    record.settings = settings | {key: record.settings[key] for key in ("scope", "meter")}
    again = set(record.refused.values())
    record.notes = [note for note in record.notes if note not in again]
    record.refused.clear()
    return record


def _fixed(settings: Mapping[str, Any]) -> dict[str, str]:
    """What has to be the same for figures to be of one device; of the software the runtime's version."""
    found = {key: str(settings.get(key)) for key in ("sensor", "threads", "runtime")}
    return found | {"software": str(settings.get("software", "")).partition(",")[0]}
