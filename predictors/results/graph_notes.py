"""Warnings that come from the file itself and hold on every device: sizes, branches and steps that were
taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from data.messages import Message
from predictors.errors import printable
from predictors.model.graph import WIDE_ACTIVATIONS, DefaultedDimension, Graph, Remark, Shape
from predictors.model.layout_trips import layout_trips
from predictors.results.estimates import Note

DECODING = "new tokens"
"""Reason of a size (see `predictors.reading.default_sizes`) that only language models with a cache have."""
NAMED_INPUTS = 2
"""So many inputs are named where many have the same open size; the rest is counted."""


def graph_notes(graph: Graph, precision: str) -> tuple[Note, ...]:
    """What the reader of a figure in `precision` must know about the file."""
    notes = [_size_note(group, graph.file_format) for group in _by_symbol(graph.defaulted)]
    notes.extend(_decoding(graph.defaulted))
    chosen = {remark.subject for remark in graph.remarks if remark.code == "STEPS_CHOSEN"}
    notes.extend(
        note
        for remark in graph.remarks
        if remark.code != "LOOP_WRITTEN_OUT" or remark.subject not in chosen
        for note in _remark_note(remark)
    )
    notes.extend(_batch_in_file(graph))
    notes.extend(_undone_turns(graph))
    notes.extend(_unmeasured_types(graph))
    if graph.precision != precision:
        notes.append(Note("PRECISION_DIFFERS", _other_precision(graph.precision, precision)))
    return tuple(notes)


def _other_precision(stored: str, precision: str) -> Message:
    """Why a figure is for another precision than the file's: nobody measured it, or it was asked for."""
    if stored == WIDE_ACTIVATIONS:
        return Message(
            "The file holds an {stored} model: its activations have 16 bits. No device here was measured "
            "with such; the estimate is for it run in {precision}.",
            stored=stored, precision=precision,
        )  # fmt: skip
    return Message(
        "The file holds a {stored} model; the estimate is for it run in {precision}.",
        stored=stored, precision=precision,
    )  # fmt: skip


_RARE = re.compile(r"(u?int[24]|float[48]\w*|float64)$")
"""Element types of weights that no device here was measured with."""
_PACKED = {"MatMulNBits": "int4", "MatMulBnb4": "float4", "MatMulFpQ4": "float4"}
FEWEST_WEIGHTS = 64
"""Elements of a tensor up to which it may be an argument or a constant number instead of weights."""


def _unmeasured_types(graph: Graph) -> list[Note]:
    """Which types of weights in the file nobody measured."""
    found: set[str] = set()
    for node in graph.nodes:
        if node.op in _PACKED:
            found.add(f"int{node.attributes['bits']}" if "bits" in node.attributes else _PACKED[node.op])
        for tensor in filter(None, map(graph.tensors.get, node.inputs)):
            if tensor.is_constant and tensor.elements > FEWEST_WEIGHTS and _RARE.match(tensor.dtype):
                found.add(tensor.dtype)
    if not found:
        return []
    message = Message(
        "Weights of {types}: no device here was measured with them. Their products are estimated as fp32, "
        "where a law for it exists with as many bytes of weights to read.",
        types=", ".join(sorted(found)),
    )
    return [Note("WEIGHTS_NOT_MEASURED", message)]


def _undone_turns(graph: Graph) -> list[Note]:
    """What a converter wrote around the network, and a runtime would run all the same."""
    turns = len(layout_trips(graph).turns)
    if not turns:
        return []
    message = Message(
        "{turns:,} changes of layout in the file undo each other and are not counted: the network does "
        "without them. TensorFlow Lite runs them as copies until the model is converted with its channels "
        "last throughout.",
        turns=turns,
    )
    return [Note("LAYOUT_TURNS", message)]


def _by_symbol(defaulted: Sequence[DefaultedDimension]) -> list[list[DefaultedDimension]]:
    """Open dimensions that were filled in together: one symbol, or unnamed for the same reason and size."""
    groups: dict[tuple[str, str, int], list[DefaultedDimension]] = {}
    for item in defaulted:
        groups.setdefault((item.symbol, item.reason if not item.symbol else "", item.value), []).append(item)
    return list(groups.values())


def _size_note(items: Sequence[DefaultedDimension], file_format: str) -> Note:
    """One note for all dimensions that were filled in alike."""
    first, names = items[0], list(dict.fromkeys(item.input_name for item in items))
    listed = ", ".join(printable(name, 40) for name in names[:NAMED_INPUTS])
    symbol = printable(first.symbol) or Message("dimension {axis}", axis=first.axis)
    if len(names) > NAMED_INPUTS:
        return Note(
            "DIMENSION_DEFAULTED",
            Message(
                "{count:,} inputs ({listed}, ...) leave {symbol} open; {value:,} was used ({reason}). Give "
                "the shape "
                "to change it.",
                count=len(names), listed=listed, symbol=symbol, value=first.value,
                reason=Message(first.reason),
            ),
        )  # fmt: skip
    if file_format == "tflite" and first.value > 1:
        return Note(
            "DIMENSION_DEFAULTED",
            Message(
                "Input {listed} leaves {symbol} open: the 1 that the file stores there stands for any size. "
                "{value:,} was used ({reason}). Give the shape to change it.",
                listed=listed, symbol=symbol, value=first.value, reason=Message(first.reason),
            ),
        )  # fmt: skip
    return Note(
        "DIMENSION_DEFAULTED",
        Message(
            "Input {listed} leaves {symbol} open; {value:,} was used ({reason}). Give the shape to change "
            "it.",
            listed=listed, symbol=symbol, value=first.value, reason=Message(first.reason),
        ),
    )  # fmt: skip


ANSWER_TOKENS = 100
"""Tokens of a short answer, the example that a figure per token is carried to."""


def _decoding(defaulted: Sequence[DefaultedDimension]) -> list[Note]:
    """What the figure of a language model with a cache stands for."""
    new = next((item.value for item in defaulted if item.reason == DECODING), None)
    cached = next((item.value for item in defaulted if item.reason == "tokens in the cache"), None)
    if new is None or cached is None:
        return []
    return [
        Note(
            "DECODING_STEP",
            Message(
                "The figure is for {new:,} new token(s) after {cached:,} in the cache. An answer of "
                "{answer:,} "
                "tokens takes about {times:,.0f} times as much, and reading the question comes on top: "
                "give the "
                "shapes of that (a cache of 0, all its tokens) for its own figure.",
                new=new, cached=cached, answer=ANSWER_TOKENS, times=ANSWER_TOKENS / new,
            ),
        )
    ]  # fmt: skip


def _remark_note(remark: Remark) -> list[Note]:
    subject = remark.subject  # as the reader has cleaned it, and as a shape takes it
    if remark.code == "BRANCH_TAKEN":
        message = Message(
            "{subject} runs one of two branches, which the file does not decide; the dearer one is counted "
            "({branch}). Choose with the shape {subject}=1 (then) or {subject}=0 (else).",
            subject=subject, branch=remark.detail,
        )  # fmt: skip
        return [Note(remark.code, message)]
    if remark.code == "BRANCH_CHOSEN":
        message = Message(
            "Of {subject} the branch that was asked for is counted ({branch}).",
            subject=subject,
            branch=remark.detail,
        )
        return [Note(remark.code, message)]
    if remark.code == "STEPS_AT_MOST":
        return [Note(remark.code, _at_most(subject, int(remark.detail)))]
    if remark.code == "STEPS_CHOSEN":
        message = Message(
            "Of {subject} the number of steps that was asked for is counted ({steps:,}).",
            subject=subject, steps=int(remark.detail),
        )  # fmt: skip
        return [Note(remark.code, message)]
    if remark.code == "LOOP_WRITTEN_OUT":
        return [Note(remark.code, _all_counted(subject, int(remark.detail)))]
    if remark.code == "UNUSED_COUNTED":
        message = Message(
            "Nobody uses the results of {count:,} operator(s): {listed}. They are counted, since ONNX "
            "Runtime runs them as long as they are in the file. Take them out to save their energy.",
            count=int(remark.detail), listed=subject,
        )  # fmt: skip
        return [Note(remark.code, message)]
    if remark.code == "TREES_AS_COMPARISONS":
        message = Message(
            "{subject} is an ensemble of trees: counted as reading a feature and comparing it on every level "
            "of every tree, to the mean depth of its leaves.",
            subject=subject,
        )
        return [Note(remark.code, message)]
    return []


def _at_most(subject: str, steps: int) -> Message:
    if steps == 1:
        return Message(
            "{subject} runs one step or none, depending on the data; the step is counted.", subject=subject
        )
    return Message(
        "{subject} may end before its {steps:,} steps, depending on the data; all are counted. Choose "
        "how many with the shape {subject}=10.",
        subject=subject, steps=steps,
    )  # fmt: skip


def _all_counted(subject: str, steps: int) -> Message:
    if steps == 1:
        return Message("{subject} runs one step, which is counted.", subject=subject)
    return Message("{subject} runs {steps:,} steps, all counted.", subject=subject, steps=steps)


def _batch_in_file(graph: Graph) -> list[Note]:
    """The first input whose first dimension the file fixes to more than one picture or row."""
    open_axes = {(item.input_name, item.axis) for item in graph.defaulted}
    for name in graph.inputs:
        shape = graph.shape(name)
        if shape is None or not _has_batch(shape) or (name, 0) in open_axes:
            continue
        if shape[0] == EDGE_ENDS and graph.tensors[name].dtype.startswith("int"):
            continue
        message = Message(
            "Input {name} has a batch of {count:,} in its shape: the figure is for all of them together, "
            "{count:,} times one.",
            name=printable(name), count=shape[0],
        )  # fmt: skip
        return [Note("BATCH_IN_FILE", message)]
    return []


def _has_batch(shape: Shape) -> bool:
    """Whether a first dimension above 1 is a batch. Of rank 3 it may be time (then the batch of 1 comes
    second) or the colours of a picture."""
    if not 2 <= len(shape) <= 5 or shape[0] <= 1:
        return False
    return len(shape) != 3 or (shape[1] > 1 and shape[0] != COLOURS)


COLOURS = 3  # red, green, blue
EDGE_ENDS = 2
"""Rows of a list of edges (from, to), which are no batch."""
