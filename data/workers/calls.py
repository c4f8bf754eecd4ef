"""Work on what comes from outside, done by a worker: the same functions, in a process of their own.

Each waits in the one line, works under its budget, and ends within a moment when `attend` raises because the
visitor has gone. Raises what the function raises, and WorkError: `BUSY`, `FILE_TOO_LARGE`, `NOT_A_FILE`,
`WORK_TIME`, `WORK_MEMORY`, `WORK_CRASHED`, `NO_SPACE`.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar, cast

from data.budgets import CLOCK_PER_CPU, GGUF, LOG, RECORDING, TABLE, Budget
from data.errors import JouleLensError, WorkError, not_opened
from data.regular_files import NoRegularFile, open_file
from data.workers.plain import packed, unpacked
from data.workers.process import End, WorkerProcess
from data.workers.scratch import copied, scratch_file
from data.workers.waiting_line import LINE, Attend, nobody

if TYPE_CHECKING:
    from data.contribution.check import Checked
    from data.contribution.deepen2023 import Conditions
    from data.language.gguf import GgufHeader
    from data.tracing import InferenceLog, Layout, Reading
    from data.tracing.head import HeadColumn
    from data.tracing.profiles import Profile

STEP_BYTES: Final = 2**20  # copied at a time
NO_FILE: Final = -1
MOST_NAMED: Final = 200
"""Signs of the names of several files in an error."""

Source = Path | IO[bytes]
Result = TypeVar("Result")


def open_trace(
    source: Source, name: str, *, budget: Budget = RECORDING, attend: Attend = nobody, **options: Any
) -> Layout:
    """Recognise a recording from its beginning (see `data.tracing.open_trace`)."""
    with _file_of(source, name, budget) as file:
        return cast(
            "Layout", _call("data.tracing.reading:open_trace", budget, attend, (name,), options, file)
        )


def head_of(
    source: Source, name: str, *, budget: Budget = RECORDING, attend: Attend = nobody
) -> tuple[HeadColumn, ...]:
    """The columns of a table with their first cells (see `data.tracing.head`)."""
    with _file_of(source, name, budget) as file:
        return cast(
            "tuple[HeadColumn, ...]", _call("data.tracing.head:head_of", budget, attend, (name,), {}, file)
        )


def read_trace(
    source: Source, *, budget: Budget = RECORDING, attend: Attend = nobody, **options: Any
) -> Reading:
    """Read a recording (see `data.tracing.read_trace`); its samples stay in a file without a name."""
    samples = scratch_file()  # closed with the recording
    with _file_of(source, str(options.get("name", "the file")), budget) as file:
        return cast(
            "Reading", _call("data.tracing.reading:read_trace", budget, attend, (), options, file, samples)
        )


def read_inferences(
    source: Source, name: str, *, budget: Budget = LOG, attend: Attend = nobody
) -> InferenceLog:
    """Read a log of inferences (see `data.tracing.read_inferences`)."""
    with _file_of(source, name, budget) as file:
        return cast(
            "InferenceLog",
            _call("data.tracing.inferences:read_inferences", budget, attend, (name,), {}, file),
        )


def read_profile(source: Source, name: str, *, budget: Budget = LOG, attend: Attend = nobody) -> Profile:
    """Read a profiler log (see `data.tracing.profiles`)."""
    with _file_of(source, name, budget) as file:
        return cast("Profile", _call("data.tracing.profiles:read_profile", budget, attend, (name,), {}, file))


def read_gguf(source: Source, name: str, *, budget: Budget = GGUF, attend: Attend = nobody) -> GgufHeader:
    """Read the header of a language model's file (see `data.language.gguf.read_gguf`)."""
    with _file_of(source, name, budget) as file:
        return cast("GgufHeader", _call("data.language.gguf:read_gguf", budget, attend, (), {}, file))


def check_csv(
    content: bytes, level: str, name: str, *, budget: Budget = TABLE, attend: Attend = nobody
) -> Checked:
    """Check a table of measurements (see `data.contribution.check.check_csv`)."""
    check_size(len(content), name, budget.sent_bytes)
    return cast(
        "Checked", _call("data.contribution.check:check_csv", budget, attend, (content, level, name), {})
    )


def check_deepen(
    files: Mapping[str, bytes],
    conditions: Conditions | None,
    *,
    budget: Budget = TABLE,
    attend: Attend = nobody,
) -> Checked:
    """Check the files of a DeepEn2023 download (see `data.contribution.deepen2023.check_deepen`)."""
    check_size(sum(map(len, files.values())), ", ".join(files)[:MOST_NAMED], budget.sent_bytes)
    return cast(
        "Checked",
        _call("data.contribution.deepen2023:check_deepen", budget, attend, (dict(files), conditions), {}),
    )


def read_content(
    reader: Callable[..., Result], *arguments: Any, budget: Budget = TABLE, attend: Attend = nobody
) -> Result:
    """What a reader of a layer above makes of bytes from outside, for example a table of scores.

    `reader` is a function of a module; its arguments and its result cross as `data.workers.plain` says.
    Raises what the reader raises; whoever calls has looked at the size (`check_size`).
    """
    name = f"{reader.__module__}:{reader.__qualname__}"
    return cast("Result", _call(name, budget, attend, arguments, {}))


def _call(
    job: str,
    budget: Budget,
    attend: Attend,
    arguments: tuple[Any, ...],
    named: Mapping[str, Any],
    file: IO[bytes] | None = None,
    samples: IO[bytes] | None = None,
) -> Any:
    numbers = [NO_FILE if each is None else each.fileno() for each in (file, samples)]
    request = packed({"budget": asdict(budget), "arguments": arguments, "named": dict(named)})
    with LINE.place(attend):
        worker = WorkerProcess(
            "data.workers.child", [job, *map(str, numbers)], [each for each in numbers if each >= 0]
        )
        try:
            answer = worker.exchange([request], budget.cpu_s, attend)
        finally:
            worker.close()
    if isinstance(answer, End):
        raise _ended(answer, budget)
    result = unpacked(answer, samples)
    if isinstance(result, JouleLensError):
        raise result
    return result


@contextmanager
def _file_of(source: Source, name: str, budget: Budget) -> Iterator[IO[bytes]]:
    """A regular file of the size that the budget allows; what is only in memory is put into one."""
    if isinstance(source, Path):
        with open_regular(source, name) as file:
            check_size(os.fstat(file.fileno()).st_size, name, budget.sent_bytes)
            yield file
        return
    if not isinstance(source, io.BytesIO):
        check_size(os.fstat(source.fileno()).st_size, name, budget.sent_bytes)
        yield source
        return
    check_size(source.seek(0, os.SEEK_END), name, budget.sent_bytes)
    source.seek(0)
    with copied(iter(lambda: source.read(STEP_BYTES), b"")) as copy:
        yield copy


def open_regular(path: Path, name: str) -> IO[bytes]:
    """Open a file, without waiting where it is a pipe or a device. Raises WorkError."""
    try:
        return open_file(path)
    except NoRegularFile:
        raise WorkError("NOT_A_FILE", "{name} is no regular file. Name a file to read.", name=name) from None
    except OSError as problem:
        raise not_opened(name, problem) from None


def check_size(size: int, name: str, most_bytes: int) -> None:
    """Refuse what has more than so many bytes. Raises WorkError FILE_TOO_LARGE."""
    if size > most_bytes:
        raise WorkError(
            "FILE_TOO_LARGE",
            "{name} has {size_mb:,.0f} MB; at most {most_mb:,.0f} MB are read. Split it, or read it with the "
            "command line, which can raise its budget.",
            name=name,
            size_mb=size / 1e6,
            most_mb=most_bytes / 1e6,
        )


def _ended(end: End, budget: Budget) -> WorkError:
    if end is End.CRASH:
        return WorkError(
            "WORK_CRASHED",
            "The reader stopped unexpectedly on this file; nothing else is affected. Check how it was made.",
        )
    if end is End.CLOCK:
        return WorkError(
            "BUSY",
            "The machine is too busy: this was not read within {clock_s:,.0f} s. Try again later.",
            clock_s=budget.cpu_s * CLOCK_PER_CPU,
        )
    return WorkError(
        "WORK_TIME",
        "Reading this took longer than {seconds:,} s of processor time and was stopped. Send less at once, "
        "or read it with the command line, which can raise its budget.",
        seconds=budget.cpu_s,
    )
