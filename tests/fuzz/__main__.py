"""`make fuzz`: give damaged files to every door for some minutes; what fails is kept in `findings/`.

`PYTHONPATH=.:tests python -m fuzz --minutes 5 --only reader`. Findings are made as small as they get and
stored as files, which the regular tests then try for ever.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Sequence

from hypothesis import HealthCheck, Phase, given, seed, settings

from fuzz.targets import FINDINGS, TARGETS, Target

ROUND = 300
"""Files between two looks at the clock."""


class Fuzzing:
    """One target under fire: how many files were tried, and which failed."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.tried = 0
        self.last = b""
        self.findings: dict[str, tuple[bytes, BaseException]] = {}

    def once(self, content: bytes) -> None:
        """Try one file."""
        self.tried += 1
        self.last = content
        self.target.run(content)

    def round(self, number: int, files: int = ROUND) -> None:
        """Try some files; the smallest that fails becomes a finding."""
        tries = settings(
            max_examples=files,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        )(given(self.target.files)(self.once))
        try:
            seed(number)(tries)()
        except Exception as failure:  # whatever a target lets through is what is looked for
            self.findings[f"{type(failure).__name__}: {failure}"[:120]] = (self.last, failure)

    def keep(self) -> None:
        """Store the findings as files."""
        for content, _ in self.findings.values():
            folder = FINDINGS / self.target.name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{hashlib.sha256(content).hexdigest()[:12]}.bin").write_bytes(content)


def fuzz(target: Target, seconds: float, start: int) -> Fuzzing:
    """Try files until the time is up."""
    fuzzing, end, number = Fuzzing(target), time.monotonic() + seconds, start
    while time.monotonic() < end:
        fuzzing.round(number)
        number += 1
    fuzzing.keep()
    return fuzzing


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz; the exit code says whether anything was found."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=4.0, help="time in all, shared by the targets")
    parser.add_argument("--only", choices=sorted(TARGETS), help="one target alone")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="number of the first round")
    options = parser.parse_args(arguments)
    chosen = [options.only] if options.only else list(TARGETS)
    found = 0
    for name in chosen:
        done = fuzz(TARGETS[name](), 60.0 * options.minutes / len(chosen), options.seed)
        found += len(done.findings)
        sys.stdout.write(f"{name:24} {done.tried:>8} files, {len(done.findings)} findings\n")
        for text in done.findings:
            sys.stdout.write(f"    {text}\n")
        sys.stdout.flush()
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
