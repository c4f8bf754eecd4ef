"""A model file of the reader's own: read by a separate process, never stored, gone when cleared.

Of the file itself nothing is kept but its name, size and checksum. Its structure (without weights) stays in
the session only where dimensions are open, so that other sizes can be tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from app.i18n.texts import t, verbatim
from app.log import timed
from data.errors import PASSING, JouleLensError
from data.workers.waiting_line import Attend, nobody
from predictors.errors import InputError, printable
from predictors.model.graph import DefaultedDimension, Graph, Shape
from predictors.model.open_choices import open_choices

if TYPE_CHECKING:
    # Fusing loads numerical libraries that other pages do without.
    from predictors.fusing.network import Network

SUM = verbatim("sum of other dimensions")
"""The reader's own word for a size that follows from others."""
CACHED, NEW = verbatim("tokens in the cache"), verbatim("new tokens")
"""The reader's own words for the two sizes of a step of a language model."""


@dataclass(frozen=True, slots=True)
class OpenDimension:
    """A dimension the reader may choose: every (input, axis) it stands for, and the value used at first."""

    label: str
    places: tuple[tuple[str, int], ...]
    value: int
    reason: str


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file after reading. Exactly one of `network` and `failure` (code, message) is set.

    `first` is the graph as it was first read, whose defaults the fields start from; `structure` is the file
    without weights, empty where nothing is open; `shapes` are those the reader gave, `asked` the inputs that
    were asked for since no default fits, each with its sizes as text ("?": open; "": not even their number).
    """

    file_name: str
    size_bytes: int
    sha256: str = ""
    structure: bytes = b""
    network: Network | None = None
    first: Graph | None = None
    failure: tuple[str, str] | None = None
    shapes: tuple[tuple[str, Shape], ...] = ()
    asked: tuple[tuple[str, str], ...] = ()

    @property
    def graph(self) -> Graph | None:
        """The network as it was read; None where it could not be."""
        return None if self.network is None else self.network.graph

    @property
    def is_put_off(self) -> bool:
        """Whether it could not be read at this moment only: such a one is not kept, and its file is."""
        return self.failure is not None and self.failure[0] in PASSING

    @property
    def needs_shapes(self) -> bool:
        """Whether nothing can be read before the reader gives shapes."""
        return self.first is None and bool(self.structure)


def read_upload(file_name: str, content: memoryview, attend: Attend = nobody) -> Upload:
    """Read a file's content. What is wrong with it is in `failure`; nothing is raised for bad files."""
    with timed("upload", bytes=len(content)) as facts:
        upload = _read(file_name, content, attend)
        facts["outcome"] = upload.failure[0] if upload.failure else "ok"
        facts["nodes"] = len(upload.graph.nodes) if upload.graph else 0
    return upload


def _read(file_name: str, content: memoryview, attend: Attend) -> Upload:
    from predictors.reading.isolated import prune_isolated

    upload = Upload(file_name, len(content))
    try:
        structure, sha256 = prune_isolated(content, attend, file_name)
    except JouleLensError as error:
        return replace(upload, failure=(error.code, error.message))
    return with_shapes(replace(upload, structure=structure, sha256=sha256), {}, attend)


def with_shapes(upload: Upload, shapes: Mapping[str, Shape], attend: Attend = nobody) -> Upload:
    """Read the structure again with the given input shapes."""
    from predictors.fusing.network import Network
    from predictors.reading.isolated import read_pruned

    given = tuple(sorted(shapes.items()))
    try:
        graph = read_pruned(upload.structure, upload.sha256, dict(shapes), attend)
    except JouleLensError as error:
        kept = upload.structure if upload.first or error.code == "MODEL_SHAPE_NEEDED" or shapes else b""
        failure, asked = (error.code, error.message), _asked(upload, error)
        return replace(upload, network=None, failure=failure, shapes=given, structure=kept, asked=asked)
    first = upload.first or graph
    kept = upload.structure if first.defaulted or open_choices(first) or shapes else b""
    network = Network(graph, PurePath(upload.file_name).stem)
    return replace(upload, network=network, first=first, failure=None, shapes=given, structure=kept)


def _asked(upload: Upload, error: JouleLensError) -> tuple[tuple[str, str], ...]:
    """The inputs asked for so far, with the one that an error asks for."""
    values = getattr(error.message, "values", {})
    if error.code != "MODEL_SHAPE_NEEDED" or not {"name", "form"} <= set(values):
        return upload.asked
    return tuple({**dict(upload.asked), str(values["name"]): str(values["form"])}.items())


def open_dimensions(graph: Graph) -> tuple[OpenDimension, ...]:
    """Return the dimensions that were filled in and can be chosen; a symbol used twice is one dimension."""
    groups: dict[tuple[str, int] | str, list[DefaultedDimension]] = {}
    for item in graph.defaulted:
        if item.reason != SUM:
            groups.setdefault(item.symbol or (item.input_name, item.axis), []).append(item)
    return tuple(
        OpenDimension(
            _label(items),
            tuple((item.input_name, item.axis) for item in items),
            items[0].value,
            items[0].reason,
        )
        for items in groups.values()
    )


def _label(items: Sequence[DefaultedDimension]) -> str:
    """What a dimension is called: what it counts where that is plain, with its symbol or place."""
    first = items[0]
    name = printable(first.symbol, 24) or t(
        "{name}, dimension {position}", name=printable(first.input_name, 24), position=first.axis + 1
    )
    if first.reason == CACHED:
        return t("Tokens in the cache ({name})", name=name)
    if first.reason == NEW:
        return t("New tokens ({name})", name=name)
    if first.symbol:
        return f"{printable(first.input_name, 24)}, {name}"
    return name


def shapes_for(graph: Graph, values: Mapping[OpenDimension, int]) -> dict[str, Shape]:
    """Return the input shapes to read with, for the values chosen; none where every value is the default.

    An input is left to its defaults where it holds an empty cache or a sum of other dimensions: the reader
    derives those from what is given for the other inputs.
    """
    edits = {
        place: value
        for dimension, value in values.items()
        if value != dimension.value
        for place in dimension.places
    }
    shapes: dict[str, Shape] = {}
    for name in dict.fromkeys(name for name, _ in edits):
        shape = graph.shape(name)
        if shape is None or _derived(graph, name):
            continue
        edited = tuple(edits.get((name, axis), extent) for axis, extent in enumerate(shape))
        if all(edited):
            shapes[name] = edited
    return shapes


def _derived(graph: Graph, input_name: str) -> bool:
    return any(item.input_name == input_name and item.reason == SUM for item in graph.defaulted)


def parse_shapes(text: str) -> dict[str, Shape]:
    """Return shapes from "input=1,3,224,224", several separated by spaces. Raises InputError OPTION_VALUE."""
    shapes: dict[str, Shape] = {}
    for part in text.split():
        name, mark, extents = part.rpartition("=")
        numbers = extents.split(",")
        if not mark or not name or not all(number.isdecimal() and len(number) < 11 for number in numbers):
            message = t(
                "“{part}” is not a shape. Write the input's name, an equals sign and its numbers with "
                "commas, for example input=1,3,224,224.",
                part=printable(part),
            )
            raise InputError("OPTION_VALUE", message)
        shapes[name] = tuple(int(number) for number in numbers)
    return shapes
