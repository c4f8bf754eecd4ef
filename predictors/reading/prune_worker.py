"""Leaves the weights of a large file out, in a process of its own.

Run as `python -m predictors.reading.prune_worker FILE LIMITS CPU_S`: FILE is the number of an open file,
LIMITS are those of `Limits` as JSON, CPU_S is the processor time (s) it may use. A mapped file that somebody
shortens ends the process that reads it (SIGBUS): here that is this process, and its parent says so.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
from typing import Final

from data.budgets import MODEL
from data.messages import packed
from data.workers.frames import write_frame
from data.workers.rights import allow_cpu, give_up_rights
from predictors.errors import ModelError
from predictors.reading.limits import Limits
from predictors.reading.prune_file import prune_view

FILES: Final = 4
"""Numbers of open files beyond the file's own: a mapping holds a second one of it."""


def main(number: int, limits: Limits, cpu_s: int) -> None:
    """Answer with `P` and the pruned model, `E` and the error as JSON, or `M` where memory ran out."""
    size = os.fstat(number).st_size
    give_up_rights(MODEL.memory_mb + size // 2**20, files=number + FILES)
    allow_cpu(cpu_s)
    write_frame(sys.stdout.buffer, _answer(number, limits))


def _answer(number: int, limits: Limits) -> bytes:
    try:
        with mmap.mmap(number, 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
            return b"P" + prune_view(view, limits, lambda: _forget_pages(mapped))
    except ModelError as error:
        return b"E" + json.dumps([error.code, packed(error.message)]).encode()
    except MemoryError:
        return b"M"


def _forget_pages(mapped: mmap.mmap) -> None:
    """Give touched pages back: they count as ours, up to two megabytes at a time."""
    if hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


if __name__ == "__main__":
    main(int(sys.argv[1]), Limits(**json.loads(sys.argv[2])), int(sys.argv[3]))
