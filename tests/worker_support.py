"""Jobs of `data.workers` without a process for each: what crosses is packed and unpacked as ever.

A new process takes half a second of imports. What only a process has, its limits and its end, is tested in
`test_workers.py`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module

from data.budgets import Budget
from data.workers import child
from data.workers.plain import unpacked
from data.workers.process import End
from data.workers.waiting_line import Attend, nobody


class WorkerHere:
    """Stands in for `data.workers.process.WorkerProcess` where the child is that of `data.workers.calls`."""

    def __init__(self, module: str, arguments: Sequence[str], files: Sequence[int] = ()) -> None:
        assert module == child.__name__
        home, name = arguments[0].split(":")
        self._function = getattr(import_module(home), name)
        self._files = [int(number) for number in arguments[1:]]

    def exchange(self, frames: Sequence[bytes], cpu_s: float, attend: Attend = nobody) -> bytes | End:
        """Do the job; a defect, which would end the process, is raised: the test sees where it is."""
        attend(0)
        request = unpacked(frames[0])
        # The child closes its files, which are copies there.
        file, samples = (number if number < 0 else os.dup(number) for number in self._files)
        return child._answer(self._function, request, Budget(**request["budget"]), file, samples)

    def close(self) -> None:
        """There is nothing to end."""
