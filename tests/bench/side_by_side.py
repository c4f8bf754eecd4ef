"""Estimating beside what people would use instead, on the same model files and in the same run.

The others live in virtual environments of their own below `.venv/`, made here; the app needs none of them.
Where one cannot be installed, the table says so.
"""

from __future__ import annotations

import json
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
from typing import Any, Final

import numpy as np
import onnx
from onnx import numpy_helper

from bench.estimating import DELEGATE, DEVICE, PRECISION
from bench.tables import Cell, Table
from predictors.fusing import fuse
from predictors.fusing.runtimes import RUNTIMES
from predictors.reading import read_model
from predictors.registry import predictor
from predictors.samples import SAMPLES, sample_bytes
from predictors.targets import DevicePredictor

ROOT: Final = Path(__file__).resolve().parents[2]
VENVS: Final = ROOT / ".venv" / "side-by-side"
WORKERS: Final = Path(__file__).resolve().parent / "others"
REPEATS: Final = 5
MODEL_LIMIT_S: Final = 8.0
"""A model on which a tool takes longer than this is repeated once only."""
INSTALL_LIMIT_S: Final = 600
RUN_LIMIT_S: Final = 900

TITLE: Final = "Time to estimate a model, beside other tools"
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
    """A sample with its weights in the file (all zero), as exporters write them, not as operators make them."""
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
    """Our own times (ms) from file to estimate, after a first run, and what came out."""
    spent, kernels, macs = [], 0, 0
    for _ in range(1 + repeats):
        begin = time.perf_counter()
        model = fuse(read_model(path), device.target.runtime)
        estimate = device.estimate(model)
        spent.append(1000.0 * (time.perf_counter() - begin))
        kernels = len(estimate.kernels)
        macs = sum(part.kernel.macs for part in estimate.kernels)
    return {"ms": spent[1:], "kernels": kernels, "macs_m": macs / 1e6}


def theirs(tool: Tool, paths: Sequence[Path], rules: Path, repeats: int = REPEATS) -> dict[str, dict[str, Any]]:
    """What another tool's script printed, by file name. Raises NotInstalled."""
    python = python_of(tool)
    given = [str(rules)] if tool.script.startswith("nn_meter") else []
    command = [str(python), str(WORKERS / tool.script), *given, str(repeats), str(MODEL_LIMIT_S)]
    run = subprocess.run(
        [*command, *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        cwd=rules.parent,
        check=False,
    )
    answers = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    if len(answers) < len(paths):
        raise NotInstalled(_last_words(run.stderr))
    return {Path(each["file"]).name: each for each in answers}


def _median(answer: dict[str, Any]) -> Cell:
    spent = answer.get("ms")
    return statistics.median(spent) if spent else None


def _row(path: Path, own: dict[str, Any], others: Sequence[dict[str, dict[str, Any]]]) -> tuple[Cell, ...]:
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
    rules = folder / "rules.json"
    rules.write_text(json.dumps(fusion_rules()), encoding="utf-8")
    found, troubles = [], []
    for tool in _tools():
        try:
            found.append(theirs(tool, paths, rules))
        except NotInstalled as problem:
            found.append({})
            troubles.append(f"{tool.name} is not installed: {problem}.")
        troubles += [
            f"{tool.name} fails on {name}: {answer['error']}."
            for name, answer in found[-1].items()
            if "error" in answer
        ]
    device = predictor(DEVICE, DELEGATE, PRECISION)
    return [_row(path, ours(path, device), found) for path in paths], troubles


def tables(samples: Sequence[str] = tuple(SAMPLES)) -> list[Table]:
    """The samples, each estimated by us, profiled by onnx-tool and taken apart by nn-Meter."""
    with TemporaryDirectory() as folder:
        rows, troubles = measured(samples, Path(folder))
    note = (
        f"The sample models with weights in their files, each tool in a warm process of its own, median of up "
        f"to {REPEATS} runs after a first one. Ours: read, fused, and predicted with intervals on {DEVICE}, "
        f"{DELEGATE}, {PRECISION}. onnx-tool 1.0.1: read, shapes and MACs; no energy, no kernels. nn-Meter 2.0: "
        "read and kernels detected, with the same fusion table; its predictors are a download and were not "
        "used, so nothing is predicted. MACs differ by definition: onnx-tool also counts element-wise work, "
        f"pooling and bias. All with onnx {version('onnx')} on Python {sys.version.split()[0]}. nn-Meter cannot "
        "read the samples as this project writes them, with weights made by operators. "
    )
    return [Table("side-by-side", TITLE, (note + " ".join(troubles)).strip(), COLUMNS, tuple(rows))]
