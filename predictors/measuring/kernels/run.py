"""Measure kernels and fit them: what is complete stays in the file and is not done twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from data.errors import JouleLensError
from data.messages import Message
from predictors.energy.calibrated.own_devices import refuse_bundled_id
from predictors.energy.own_kernels.files import (
    KernelFit,
    fit_json,
    kernel_paths,
    kernels_csv,
    read_kernels,
    read_text,
)
from predictors.energy.own_kernels.models import MeasuredKernel
from predictors.errors import InputError, printable
from predictors.measuring.kernels.profiling import profile
from predictors.measuring.kernels.sampling import drawn_networks
from predictors.measuring.record import write_safely
from predictors.training.own_kernels import fit_kernels


@dataclass(frozen=True, slots=True)
class KernelWish:
    """What `measure kernels` was asked for: so many networks, at most so many seconds, threads, where to."""

    device_id: str
    out: Path
    networks: int
    seconds: float
    threads: int
    resume: bool


@dataclass(frozen=True, slots=True)
class KernelOutcome:
    """What is in the file now: networks and kernels; why it ended early."""

    path: Path
    networks: int
    kernels: int
    ended: str


def measure_kernels(
    wish: KernelWish, tell: Callable[[str, int, float], None], refuse: Callable[[str, JouleLensError], None]
) -> KernelOutcome:
    """Profile drawn networks; `tell(name, number, left_s)` is called before each.

    `refuse(name, error)` is called for each that can't be profiled, at once: what comes after may fail.

    Ctrl-C ends it early. Raises InputError MEASURE_FILE, and MEASURE_NOTHING where nothing is complete.
    """
    path, _ = kernel_paths(wish.out, wish.device_id)
    refuse_bundled_id(wish.device_id)
    rows = _resumed(path, wish.threads) if wish.resume else []
    done = {row.network for row in rows}
    begin, ended = time.monotonic(), ""
    try:
        for number, drawn in enumerate(drawn_networks(wish.networks)):
            left_s = wish.seconds - (time.monotonic() - begin)
            if left_s <= 0.0:
                ended = "time"
                break
            if drawn.name in done:
                continue
            tell(drawn.name, number, left_s)
            try:
                rows += profile(drawn.name, drawn.build(), wish.threads).rows
            except JouleLensError as error:
                if error.code == "OPTION_VALUE":  # a drawn size that its architecture does not have
                    continue
                refuse(drawn.name, error)
                continue
            done.add(drawn.name)
            write_safely(path, kernels_csv(rows))
    except KeyboardInterrupt:
        ended = "interrupted"
    if not rows:
        raise InputError("MEASURE_NOTHING", "No network was complete, so there are no kernels. Start again.")
    return KernelOutcome(path, len(done), len(rows), ended)


def _resumed(path: Path, threads: int) -> list[MeasuredKernel]:
    """The kernels to go on with. Raises InputError MEASURE_RESUME where they ran on other threads."""
    rows = read_kernels(read_text(path))
    other = next((row.threads for row in rows if row.threads != threads), None)
    if other is not None:
        raise InputError(
            "MEASURE_RESUME",
            "{path} was measured with another {what} ({before}, now {now}). Use the same, or measure without "
            "--resume.",
            path=printable(str(path)),
            what=Message("number of threads"),
            before=other,
            now=threads,
        )
    return rows


def fit(device_id: str, out: Path) -> tuple[KernelFit, list[MeasuredKernel]]:
    """Fit what was measured and write the fit beside it. Raises InputError INPUT_FILE, EVIDENCE_TOO_THIN."""
    rows_path, fit_path = kernel_paths(out, device_id)
    rows = read_kernels(read_text(rows_path))
    found = fit_kernels(rows)
    write_safely(fit_path, fit_json(found))
    return found, rows
