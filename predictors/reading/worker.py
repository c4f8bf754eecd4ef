"""The isolated reader: takes pruned models on standard input, answers with graphs as JSON.

Run as `python -m predictors.reading.worker MEMORY_MB CPU_SECONDS`. Before the first model it gives up the
right to allocate more memory than MEMORY_MB, to write files and to open any. It ends when its input does,
after CPU_SECONDS of computing on one model, or when it is killed.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import IO

import onnx.parser

from data.messages import packed
from data.workers.frames import read_frame, write_frame
from data.workers.rights import allow_cpu, give_up_rights
from predictors.errors import ModelError
from predictors.reading.answers import forget
from predictors.reading.any_format import graph_from_any
from predictors.reading.graph_json import to_json
from predictors.reading.onnx_graph import graph_from_pruned
from predictors.reading.tflite.decode import warm_up as warm_up_tflite
from predictors.reading.tflite.graph import graph_from_tflite

# Reading it imports whatever is imported late: once rights are given up, no module file can be opened.
_WARM_UP = """
<ir_version: 8, opset_import: ["" : 17]>
warm (float[N,3,8,8] x, float[4,3,3,3] w) => (float[M] y)
{
    c = Conv<pads=[1,1,1,1]>(x, w)
    s = Shape(c)
    r = Reshape(c, s)
    y = Conv(r, s)
}
"""
# A file whose tables are all left out: it is refused, and what reads files is loaded by then.
_EMPTY_TFLITE = (12, 0, 0, 0, *b"TFL3", 4, 0, 4, 0, 4, 0, 0, 0)


def main(memory_mb: int, cpu_seconds: int) -> None:
    """Serve models until standard input ends."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    _warm_up()
    give_up_rights(memory_mb)
    write_frame(answers, b"ready")
    while (header := read_frame(requests)) is not None:
        allow_cpu(cpu_seconds)
        _serve(header, requests, answers)


def _warm_up() -> None:
    warm_up_tflite()
    for read, content in (
        (graph_from_pruned, onnx.parser.parse_model(_WARM_UP).SerializeToString()),
        (graph_from_tflite, bytes(_EMPTY_TFLITE)),
    ):
        with suppress(ModelError):
            read(content)


def _serve(header: bytes, requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer one request: the given shapes in JSON, then the pruned model."""
    shapes = json.loads(header)
    pruned = read_frame(requests) or b""
    try:
        write_frame(answers, _answer(pruned, shapes))
    finally:
        forget()


def _answer(pruned: bytes, shapes: dict[str, list[int]]) -> bytes:
    try:
        graph = graph_from_any(pruned, shapes)
        return b"G" + to_json(graph).encode()
    except ModelError as error:
        return b"E" + json.dumps([error.code, packed(error.message)]).encode()
    except MemoryError:
        return b"M"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
