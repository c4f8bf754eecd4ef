"""A worker for one job: takes the name of a job and its arguments, answers with the result or an error.

Run as `python -m data.workers.child JOB FILE SAMPLES`: JOB is MODULE:FUNCTION; FILE and SAMPLES are
numbers of open files, -1 for none. Of a function with a file, it is the first argument. The budget comes
first, and is in force before anything from outside is looked at.
"""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from typing import Any, Final

from data.budgets import MEGABYTE, Budget, under
from data.errors import JouleLensError, WorkError, no_space
from data.tracing.blocks import check_unpacked
from data.tracing.store import spilling_to
from data.workers.frames import read_frame, write_frame
from data.workers.plain import packed, unpacked
from data.workers.rights import allow_cpu, give_up_rights

FILES: Final = 64
"""Open files that imports and libraries may need."""
BYTES_OF_SAMPLE: Final = 16
"""A time and a power."""


def main(job: str, file: int, samples: int) -> None:
    """Do one job."""
    module, name = job.split(":")
    function = getattr(import_module(module), name)
    request = unpacked(read_frame(sys.stdin.buffer) or b"")
    budget = Budget(**request["budget"])
    most = min(budget.samples * BYTES_OF_SAMPLE, 2**62)
    give_up_rights(budget.memory_mb, file_bytes=most, files=FILES)
    allow_cpu(budget.cpu_s)
    answer = _answer(function, request, budget, file, samples)
    write_frame(sys.stdout.buffer, answer)


def _answer(function: Any, request: dict[str, Any], budget: Budget, file: int, samples: int) -> bytes:
    try:
        answer = packed(_done(function, request, budget, file, samples))
        return answer if len(answer) <= budget.answer_bytes else packed(_too_much(budget))
    except JouleLensError as error:
        return packed(error)
    except MemoryError:
        return packed(out_of_memory(budget))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        return packed(no_space())


def _done(function: Any, request: dict[str, Any], budget: Budget, file: int, samples: int) -> Any:
    given = [] if file < 0 else [os.fdopen(file, "rb")]
    with under(budget):
        for each in given:
            check_unpacked(each)
        if samples < 0:
            return function(*given, *request["arguments"], **request["named"])
        with os.fdopen(samples, "r+b") as sink, spilling_to(sink):
            return function(*given, *request["arguments"], **request["named"])


def out_of_memory(budget: Budget) -> WorkError:
    """The error of work that needed more memory than its budget."""
    return WorkError(
        "WORK_MEMORY",
        "Reading this needed more than {memory_mb:,} MB of memory and was stopped. Send less at once.",
        memory_mb=budget.memory_mb,
    )


def _too_much(budget: Budget) -> WorkError:
    return WorkError(
        "WORK_ANSWER",
        "What this holds comes to more than {megabytes:,} MB when read. Send less at once.",
        megabytes=budget.answer_bytes // MEGABYTE,
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
