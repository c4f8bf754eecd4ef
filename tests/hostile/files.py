"""Files that are no ONNX model, or a damaged one."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable

from hostile.case import READ, Case, conv, hand_made, parsed, unary
from predictors.reading.wire_format import message_field, varint
from predictors.samples import sample_bytes
from reading_support import from_nodes

NOT_ONNX, TRUNCATED, MALFORMED = "MODEL_NOT_ONNX", "MODEL_TRUNCATED", "MODEL_MALFORMED"


def noise(size: int, seed: int) -> bytes:
    """Random bytes, the same on every machine."""
    return random.Random(seed).randbytes(size)


def zipped(name: str) -> bytes:
    """A zip archive with one file of this name."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), b"\x80\x02}q\x00.")
    return sink.getvalue()


def squeezenet() -> bytes:
    """A whole network to cut and to damage."""
    return sample_bytes("squeezenet-1.1")


def cut(share: float) -> Callable[[], bytes]:
    """A network of which only the first part came through."""
    return lambda: squeezenet()[: int(len(squeezenet()) * share)]


def cut_at(mark: bytes, after: int) -> Callable[[], bytes]:
    """A small model that ends `after` bytes behind the first appearance of `mark`."""

    def make() -> bytes:
        data = with_weights()
        return data[: data.index(mark) + after]

    return make


def with_weights() -> bytes:
    """A convolution whose weights carry their content and whose names can be found in the bytes."""
    model = parsed(conv(name="the_node"))
    model.graph.initializer[0].raw_data = bytes(4 * 4 * 27)
    model.graph.doc_string = "the_description"
    return model.SerializeToString()


def flipped(seed: int) -> bytes:
    """A network with one bit in each of fifty places turned over."""
    generator, data = random.Random(seed), bytearray(squeezenet())
    for _ in range(50):
        data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
    return bytes(data)


def two_graphs() -> bytes:
    graph = parsed(unary()).graph.SerializeToString()
    return b"\x08\x08" + message_field(7, graph) * 2 + message_field(8, b"\x10\x11")


def liar(length: int) -> bytes:
    """A graph that says it is `length` bytes long, and is not."""
    return b"\x08\x08" + varint(7 << 3 | 2) + varint(length) + b"\x0a\x02\x0a\x00"


def inner_liar() -> bytes:
    """A node longer than the graph around it."""
    return hand_made(b"\x0a" + varint(10_000) + b"\x0a\x01x")


def endless_number() -> bytes:
    return b"\x08" + b"\xff" * 40


def without_graph() -> bytes:
    model = parsed(unary())
    model.ClearField("graph")
    return model.SerializeToString()


FOREIGN = (
    Case("foreign-text", lambda: b"Dear reader, this is no model.\n" * 40, NOT_ONNX),
    Case("foreign-script", lambda: b'#!/bin/sh\nrm -rf "$HOME"\n', NOT_ONNX),
    Case("foreign-json", lambda: json.dumps({"layers": [{"type": "conv"}] * 9}).encode(), NOT_ONNX),
    Case("foreign-web-page", lambda: b"<!DOCTYPE html><html><script>alert(1)</script></html>", NOT_ONNX),
    Case("foreign-pickle", lambda: b"\x80\x04\x95\x1c" + bytes(7) + b"\x8c\x05posix\x94.", NOT_ONNX),
    Case("foreign-pytorch", lambda: zipped("archive/data.pkl"), NOT_ONNX),
    Case("foreign-zip", lambda: zipped("../../etc/cron.d/x"), "MODEL_ARCHIVE"),
    Case("foreign-keras", lambda: b"\x89HDF\r\n\x1a\n" + bytes(120), NOT_ONNX),
    Case("foreign-tflite", lambda: b"\x1c\x00\x00\x00TFL3" + bytes(56), "MODEL_MALFORMED"),
    Case("foreign-gzip", lambda: gzip.compress(conv(), mtime=0), NOT_ONNX),
    Case("foreign-gguf", lambda: b"GGUF\x03\x00\x00\x00" + bytes(32), NOT_ONNX),
    Case("foreign-png", lambda: b"\x89PNG\r\n\x1a\n" + bytes(40), NOT_ONNX),
    Case("foreign-program", lambda: b"\x7fELF\x02\x01\x01" + bytes(60), NOT_ONNX),
    Case("foreign-lfs-pointer", lambda: b"version https://git-lfs.github.com/spec/v1\n", NOT_ONNX),
)

DAMAGED = (
    Case("empty", lambda: b"", "MODEL_EMPTY"),
    Case("one-byte", lambda: b"\x08", NOT_ONNX),
    Case("zeros", lambda: bytes(4096), NOT_ONNX),
    Case("random-1", lambda: noise(4096, 1), NOT_ONNX),
    Case("random-2", lambda: noise(4096, 2), NOT_ONNX),
    Case("random-behind-a-header", lambda: b"\x08\x08\x3a\x80\x20" + noise(4096, 3), MALFORMED),
    Case("bits-flipped-1", lambda: flipped(1), MALFORMED),
    Case("bits-flipped-2", lambda: flipped(2), MALFORMED),
    Case("cut-at-1-percent", cut(0.01), TRUNCATED),
    Case("cut-in-the-middle", cut(0.5), TRUNCATED),
    Case("cut-at-the-last-byte", cut(0.99999), TRUNCATED),
    Case("cut-in-a-node", cut_at(b"the_node", 3), TRUNCATED),
    Case("cut-in-a-name", cut_at(b"Conv", 2), TRUNCATED),
    Case("cut-in-a-weight", cut_at(bytes(64), 100), TRUNCATED),
    Case("cut-in-a-description", cut_at(b"the_description", 4), TRUNCATED),
    Case("cut-in-a-length", lambda: b"\x08\x08\x3a\x80", TRUNCATED),
    Case("graph-of-2-gigabytes-claimed", lambda: liar(2**31), TRUNCATED),
    Case("graph-of-2-to-the-63-bytes-claimed", lambda: liar(2**63 - 1), TRUNCATED),
    Case("node-longer-than-its-graph", inner_liar, MALFORMED),
    Case("endless-number", endless_number, NOT_ONNX),
    Case("unknown-record-type", lambda: hand_made(b"\x0f\x01\x01"), MALFORMED),
    Case("group-records", lambda: hand_made(b"\x0b\x0b\x0b\x0c\x0c\x0c"), MALFORMED),
    Case("two-graphs", two_graphs, MALFORMED),
    Case("no-graph", without_graph, NOT_ONNX),
    Case("graph-without-nodes", lambda: from_nodes([], {"x": [1]}, outputs=("x",)), "MODEL_NO_COMPUTE"),
    Case("trailing-unknown-records", lambda: unary() + message_field(9999, b"?" * 50), READ),
)

CASES = (*FOREIGN, *DAMAGED)
