"""Estimating beside what people would use instead, on the same model files and in the same run.

The others live in virtual environments of their own below `.venv/`, made here; the app needs none of them.
Where one cannot be installed, the table says so.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

import numpy as np
import onnx
from onnx import numpy_helper

from app.methods.bench_words import SIDE_BY_SIDE, TOOL_FAILS, TOOL_FAILS_ON_OURS, TOOL_MISSING
from bench.estimating import DELEGATE, DEVICE, PRECISION
from bench.tables import Cell, Table, titled
from data.messages import Message, joined
from predictors.fusing import fuse
from predictors.fusing.runtimes import RUNTIMES
from predictors.reading import read_model
from predictors.registry import predictor
from predictors.results.targets import DevicePredictor
from predictors.samples import CLASSIFIERS, sample_bytes

ROOT: Final = Path(__file__).resolve().parents[2]
VENVS: Final = ROOT / ".venv" / "side-by-side"
WORKERS: Final = Path(__file__).resolve().parent / "others"
LIGHT: Final = "{} as this project writes it"
REPEATS: Final = 5
MODEL_LIMIT_S: Final = 8.0
"""A model on which a tool takes longer than this is repeated once only."""
INSTALL_LIMIT_S: Final = 600
RUN_LIMIT_S: Final = 900

COLUMNS: Final = (
    "model", "file_mb", "ours_ms", "onnx_tool_ms", "nn_meter_ms", "ours_kernels", "nn_meter_kernels",
    "ours_macs_m", "onnx_tool_macs_m",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tool:
    """Another tool: its name, what pip installs for it, and the script that times it."""

    name: str
    requirements: tuple[str, ...]
    script: str


def _tools() -> tuple[Tool, Tool]:
    same_onnx = f"onnx=={version('onnx')}"
    return (
        Tool("onnx-tool 1.0.1", ("onnx-tool==1.0.1", same_onnx), "onnx_tool_times.py"),
        # It imports pkg_resources, which later setuptools no longer have.
        Tool("nn-meter 2.0", ("nn-meter==2.0", same_onnx, "setuptools<81"), "nn_meter_times.py"),
    )


class NotInstalled(Exception):
    """A tool could not be installed; the message is the last thing its installation said."""


def python_of(tool: Tool, folder: Path = VENVS) -> Path:
    """The Python that has a tool, installed now if it was not. Raises NotInstalled."""
    place = folder / tool.name.replace(" ", "-")
    python, ready = place / "bin" / "python", place / "ready"
    if ready.is_file() and ready.read_text(encoding="utf-8") == " ".join(tool.requirements):
        return python
    venv.create(place, with_pip=True, clear=True)
    command = [str(python), "-m", "pip", "install", "--quiet", *tool.requirements]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_LIMIT_S)
    except subprocess.CalledProcessError as error:
        raise NotInstalled(_last_words(error.stderr)) from error
    except subprocess.TimeoutExpired as error:
        raise NotInstalled(f"still not done after {INSTALL_LIMIT_S} s") from error
    ready.write_text(" ".join(tool.requirements), encoding="utf-8")
    return python


def _last_words(text: str) -> str:
    said = [line for line in text.splitlines() if line.startswith("ERROR")]
    return (said or text.splitlines() or ["no reason given"])[-1][:200]


def with_weights(content: bytes) -> bytes:
    """A sample with its weights (all zero) in the file, as exporters write them, not made by operators."""
    model = onnx.load_model_from_string(content)
    shapes = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    kept = []
    for node in model.graph.node:
        if node.op_type == "ConstantOfShape" and node.input[0] in shapes:
            zeros = np.zeros(shapes[node.input[0]], np.float32)
            model.graph.initializer.append(numpy_helper.from_array(zeros, node.output[0]))
        else:
            kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return bytes(model.SerializeToString())


def fusion_rules() -> dict[str, dict[str, object]]:
    """The measured TFLite CPU table as nn-Meter's rules: `BF_<first>_<second>` says that a pair fuses."""
    names = {"dense": ["fc"], "pooling": ["maxpool", "avgpool", "gap"]}
    pairs = [
        f"BF_{one}_{other}"
        for first, second in sorted(RUNTIMES["tflite-cpu"].pairs)
        for one in names.get(first, [first])
        for other in names.get(second, [second])
    ]
    # "MON": an operator with several users is not fused with any of them.
    return {pair: {"obey": True} for pair in pairs} | {"MON": {"obey": 0}}


def ours(path: Path, device: DevicePredictor, repeats: int = REPEATS) -> dict[str, Any]:
    """Our own processor times (ms) from file to estimate, after a first run, and what came out."""
    spent, kernels, macs = [], 0, 0
    for _ in range(1 + repeats):
        begin = time.process_time()
        model = fuse(read_model(path), device.target.runtime)
        estimate = device.estimate(model)
        spent.append(1000.0 * (time.process_time() - begin))
        kernels = len(estimate.kernels)
        macs = sum(part.kernel.macs for part in estimate.kernels)
    return {"ms": spent[1:], "kernels": kernels, "macs_m": macs / 1e6}


Answers: TypeAlias = dict[str, dict[str, Any]]
"""File name -> what was measured: ms, kernels, macs_m; or error."""


def theirs(tool: Tool, paths: Sequence[Path], rules: Path, repeats: int = REPEATS) -> Answers:
    """What another tool's script printed, by file name. Raises NotInstalled."""
    given = [str(rules)] if tool.script.startswith("nn_meter") else []
    command = [str(python_of(tool)), str(WORKERS / tool.script), *given, str(repeats), str(MODEL_LIMIT_S)]
    return _answers(command, paths)


def _answers(command: Sequence[str], paths: Sequence[Path]) -> Answers:
    """What a script printed about every model, run with one thread. Raises NotInstalled."""
    run = subprocess.run(
        [*command, *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        check=False,
    )
    answers = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    if len(answers) < len(paths):
        raise NotInstalled(_last_words(run.stderr))
    return {Path(each["file"]).name: each for each in answers}


def _median(answer: dict[str, Any]) -> Cell:
    spent = answer.get("ms")
    return statistics.median(spent) if spent else None


def _row(path: Path, own: dict[str, Any], others: Sequence[Answers]) -> tuple[Cell, ...]:
    profiler, detector = (of_tool.get(path.name, {}) for of_tool in others)
    return (
        path.stem, path.stat().st_size / 1e6, _median(own), _median(profiler), _median(detector),
        own["kernels"], detector.get("kernels"), own["macs_m"], profiler.get("macs_m"),
    )  # fmt: skip


def measured(samples: Sequence[str], folder: Path) -> tuple[list[tuple[Cell, ...]], list[str]]:
    """Rows of the table, and what went wrong, in words."""
    paths = [folder / f"{sample_id}.onnx" for sample_id in samples]
    for path in paths:
        path.write_bytes(with_weights(sample_bytes(path.stem)))
    light = folder / LIGHT.format(samples[0])
    light.write_bytes(sample_bytes(samples[0]))
    rules = folder / "rules.json"
    rules.write_text(json.dumps(fusion_rules()), encoding="utf-8")
    found: list[Answers] = []
    troubles: list[str] = []
    for tool in _tools():
        try:
            found.append(theirs(tool, [*paths, light], rules))
        except NotInstalled as problem:
            found.append({})
            troubles.append(Message(TOOL_MISSING, tool=tool.name, problem=str(problem)))
        troubles += _failures(tool, found[-1], samples[0])
    own = _answers([sys.executable, "-m", "bench.side_by_side"], paths)
    return [_row(path, own[path.name], found) for path in paths], troubles


def _failures(tool: Tool, answers: Answers, light: str) -> list[str]:
    return [
        Message(
            TOOL_FAILS_ON_OURS if name == LIGHT.format(light) else TOOL_FAILS,
            tool=tool.name,
            model=light if name == LIGHT.format(light) else name,
            error=str(answer["error"]),
        )
        for name, answer in answers.items()
        if "error" in answer
    ]


def tables(samples: Sequence[str] = tuple(CLASSIFIERS)) -> list[Table]:
    """The samples, each estimated by us, profiled by onnx-tool and taken apart by nn-Meter."""
    with TemporaryDirectory() as folder:
        rows, troubles = measured(samples, Path(folder))
    note = Message(
        SIDE_BY_SIDE, runs=REPEATS, target=f"{DEVICE}, {DELEGATE}, {PRECISION}", profiler="onnx-tool 1.0.1",
        detector="nn-Meter 2.0", onnx=version("onnx"), python=platform.python_version(),
    )  # fmt: skip
    return [titled("side-by-side", joined([note, *troubles], " "), COLUMNS, tuple(rows))]


def main(files: Sequence[str]) -> None:
    """Print what is measured of each file, as the scripts of the other tools do."""
    device = predictor(DEVICE, DELEGATE, PRECISION)
    for file in files:
        sys.stdout.write(json.dumps({"file": file, **ours(Path(file), device)}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
