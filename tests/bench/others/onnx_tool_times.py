"""Run by the bench in a virtual environment of its own: times onnx-tool, a profiler of ONNX models.

Arguments: how often, how long at most per model (s), then the models. Prints one line of JSON per model.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time

import onnx_tool


def profile(path: str) -> dict[str, object]:
    """Million multiply-accumulates of a model, as its profile counts them."""
    model = onnx_tool.Model(path)
    model.graph.shape_infer(None)
    model.graph.profile()
    return {"macs_m": model.graph.macs[0] / 1e6}


def timed(path: str, repeats: int, limit_s: float) -> dict[str, object]:
    """Processor times (ms) after a first run, and what came out; fewer where the limit is reached."""
    spent, found, end = [], {}, time.perf_counter() + limit_s
    while len(spent) < 1 + repeats and (len(spent) < 2 or time.perf_counter() < end):
        begin = time.process_time()
        found = profile(path)
        spent.append(1000.0 * (time.process_time() - begin))
    return {"ms": spent[1:], **found}


for each in sys.argv[3:]:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            answer = timed(each, int(sys.argv[1]), float(sys.argv[2]))
    except Exception as error:  # whatever it is, the table says so
        answer = {"error": f"{type(error).__name__}: {error}"[:120]}
    print(json.dumps({"file": each, **answer}), flush=True)
