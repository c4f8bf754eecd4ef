"""Run by the bench in a virtual environment of its own: times nn-Meter's kernel detector.

Its predictors, and the fusion rules that come with them, are downloads, so the rules are given as a file and
nothing is predicted. Arguments: file of rules, how often, how long at most per model (s), then the models.
Prints one line of JSON per model.
"""

from __future__ import annotations

import json
import logging
import sys
import time

logging.disable(logging.CRITICAL)

from nn_meter.ir_converter import model_file_to_graph  # noqa: E402
from nn_meter.kernel_detector import KernelDetector  # noqa: E402


def detect(path: str, rules: str) -> dict[str, object]:
    """Number of kernels of a model."""
    detector = KernelDetector(rules)
    detector.load_graph(model_file_to_graph(path, "onnx"))
    return {"kernels": len(detector.get_kernels())}


def timed(path: str, rules: str, repeats: int, limit_s: float) -> dict[str, object]:
    """Processor times (ms) after a first run, and what came out; fewer where the limit is reached."""
    spent, found, end = [], {}, time.perf_counter() + limit_s
    while len(spent) < 1 + repeats and (len(spent) < 2 or time.perf_counter() < end):
        begin = time.process_time()
        found = detect(path, rules)
        spent.append(1000.0 * (time.process_time() - begin))
    return {"ms": spent[1:], **found}


for each in sys.argv[4:]:
    try:
        answer = timed(each, sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
    except Exception as error:  # whatever it is, the table says so
        answer = {"error": f"{type(error).__name__}: {error}"[:120]}
    print(json.dumps({"file": each, **answer}), flush=True)
