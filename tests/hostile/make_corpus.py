"""Writes the corpus of bad and hostile ONNX files: `PYTHONPATH=.:tests python -m hostile.make_corpus`.

The small ones are committed in `corpus/`, so that they can be given to anything else; a test keeps them equal
to what is made here. The large ones are made when they are needed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hostile import bombs, files, networks
from hostile.case import Case

CORPUS = Path(__file__).resolve().parent / "corpus"
CASES: tuple[Case, ...] = (*files.CASES, *networks.CASES, *bombs.CASES)


def write_corpus(folder: Path, *, large: bool = False) -> list[Path]:
    """Write the small files, or the large ones, as `<name>.onnx`, and remove what is none of them."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {folder / f"{case.name}.onnx": case for case in CASES if case.large == large}
    for path, case in paths.items():
        path.write_bytes(case.make())
    for stranger in set(folder.glob("*.onnx")) - paths.keys():
        stranger.unlink()
    return list(paths)


if __name__ == "__main__":
    written = write_corpus(CORPUS)
    size_kb = sum(path.stat().st_size for path in written) / 1000
    sys.stdout.write(f"{len(written)} files, {size_kb:,.0f} kB, in {CORPUS.name}/\n")
