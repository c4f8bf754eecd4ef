"""Sizes for dimensions that a file leaves open, by what the network is: each stated, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import onnx

from data.messages import Message

BATCH, SUM = Message("batch"), Message("sum of other dimensions")
IMAGE_SIZE = 224
"""Height and width where the file leaves them open: the input size of ImageNet classifiers (pixels)."""
LATENT_SIZE = 64
"""Height and width of the latents of diffusion models: 512 x 512 pixels over a downscaling by 8."""
SEQUENCE_LENGTH = 128
"""Tokens or time steps where the file leaves them open: the usual length of BERT benchmarks."""
CACHED_TOKENS, NEW_TOKENS = 512, 1
"""A language model with a cache, in the middle of an answer: one new token after 512."""
AUDIO_SAMPLES = 16_000
"""One second of sound at the rate that speech models take."""
WINDOW_SAMPLES = 512
"""Samples per call of a streaming model at that rate (voice activity detectors take 512)."""
VIDEO_FRAMES = 16
"""Frames of a clip: what VideoMAE, TimeSformer and X3D are trained with (8 to 16)."""
GRAPH_NODES, GRAPH_EDGES = 1_000, 5_000
"""Size of a graph: between molecules (tens of nodes) and citation networks (2,708 nodes, Cora)."""
CLOUD_POINTS = 1_024
"""Points of a cloud: what PointNet and its kin sample of an object (ModelNet40)."""
LINE_HEIGHT, LINE_WIDTH = 64, 320
"""A picture of at most this height whose width alone is open is a line of text, where names or operators
speak for it; PP-OCR reads 48 x 320."""
PROMPT_POINTS = 2
"""Points of a prompt for a segmenter: a click, and the filling that exporters of SAM put behind it."""

Choice: TypeAlias = tuple[int, str]

_INTEGERS = frozenset((onnx.TensorProto.INT64, onnx.TensorProto.INT32))
_IMAGE_CHANNELS = frozenset((1, 3, 4))
_LATENT_CHANNELS = 4  # of Stable Diffusion's latents
_PIXEL_RANK, _VIDEO_RANK = 4, 5
_SEQUENCE = re.compile(r"seq|len(gth)?s?(?![a-z])|token|(?<!cen)time|frames|text(?!ur)|word|sentence")
_EXTENT = re.compile(r"height|(?<!band)(?<!beam)(?<!beam_)width")
_CACHE_WORDS = ("past", "cache")
_SOUND = re.compile(
    r"(?<![a-z])(audio|wav(?![a-z])|wave(s|forms?)?(?![a-z])|sound|speech|signals?(?![a-z])|samples|pcm"
    r"|input_values)"
)
_SPECTRUM = re.compile(r"(?<![a-z])(log)?(mel|spec|spectr[a-z]+|fbank|mfcc)s?(?![a-z])")
"""Names of sound as a picture of pitches over time."""
_LINE = re.compile(r"(?<![a-z])(text|lines?|words?|ocr|crnn|ctc)(?![a-z])")
_LATENT = re.compile(r"latent")
_DIFFUSED = frozenset(("sample", "noise", "noisy_sample", "z", "x_t", "hidden_states"))
"""Names of what a diffusion model takes; of more channels than a picture, it is a latent."""
_SOUND_CHANNELS = (1, 2)
_PROMPT = re.compile(r"point_(coord|label)|input_(point|label)s|prompt")
_CLOUD = re.compile(
    r"(?<![a-z])(?<!key_)(?<!set_)(?<!end_)(?<!way_)(num|n)?(points?|(point)?clouds?|xyz)(?![a-z])"
)
_MOST_OF_A_POINT = 9
"""Numbers of a point in a cloud: its place, a colour and a normal at most."""
_PICTURE = re.compile(r"image|img|pixel|photo|picture|rgb")
_NODES = re.compile(r"(?<![a-z])(num|n)?(nodes?|vertex|vertices|atoms?)(?![a-z])")
_EDGES = re.compile(r"(?<![a-z])(num|n)?(edges?|bonds?)(?![a-z])")
_GRAPH_RANK = 3
"""Edges of a graph are rows of numbers, perhaps in a batch; of a higher rank they are those in a picture."""
_STATE = re.compile(
    r"(^|[_./])(h|c|hx|cx|hn|cn|h_?0|c_?0|h_in|c_in|states?|hidden(_state)?|cell(_state)?)(_?\d+|_?in|$)"
)


@dataclass(slots=True)
class OpenInput:
    """One input on its way: extents (None: open), the symbols of open ones, and what the first weights it
    meets demand: of a convolution `channels` (second axis), of a product `features` (last axis)."""

    name: str
    elem_type: int
    extents: list[int | None]
    symbols: list[str]
    rank_known: bool
    channels: int | None = None
    features: int | None = None

    @property
    def is_integer(self) -> bool:
        """Whether it holds whole numbers (token ids, masks, indices)."""
        return self.elem_type in _INTEGERS


@dataclass(slots=True)
class Defaults:
    """What the inputs together say a network is, and the sizes that follow from it.

    `signals`: inputs that the network reads as a raw signal (a one-dimensional convolution over one channel).
    `spells`: whether its operators are those of a reader of text lines.
    """

    inputs: Sequence[OpenInput]
    signals: frozenset[str] = frozenset()
    spells: bool = False
    cached: int = CACHED_TOKENS
    new: int = NEW_TOKENS
    has_cache: bool = field(init=False)
    has_state: bool = field(init=False)
    has_edges: bool = field(init=False)

    def __post_init__(self) -> None:
        self.has_cache = any(
            self.is_cache(one, axis) for one in self.inputs for axis in range(len(one.symbols))
        )
        self.has_state = any(_is_state(one) for one in self.inputs)
        self.has_edges = any(
            _names_edges(one) or any(_EDGES.search(_plain(symbol)) for symbol in one.symbols)
            for one in self.inputs
        )

    def is_cache(self, one: OpenInput, axis: int) -> bool:
        """Whether an open dimension counts tokens whose keys and values are kept."""
        symbol = one.symbols[axis].lower()
        if one.extents[axis] is not None or "+" in symbol:
            return False
        if any(word in symbol for word in _CACHE_WORDS):
            return True
        keeps = any(word in one.name.lower() for word in _CACHE_WORDS) and not _is_extent(symbol)
        return (
            keeps and not one.is_integer and len(one.extents) >= _PIXEL_RANK and axis == len(one.extents) - 2
        )

    def least(self, one: OpenInput, axis: int) -> int:
        """The smallest size a dimension may be given: a cache may be empty."""
        return 0 if axis < len(one.symbols) and self.is_cache(one, axis) else 1

    def learn(self, given: Mapping[str, int], shapes: Mapping[str, Sequence[int]]) -> None:
        """Take over cache and new tokens from what the user gave: any two of cache, new tokens and total."""
        total = None
        for one in self.inputs:
            for axis, symbol in enumerate(one.symbols):
                value = shapes[one.name][axis] if one.name in shapes else given.get(symbol)
                if value is None:
                    continue
                if self.is_cache_symbol(symbol):
                    self.cached = value
                elif self._is_total(one, symbol):
                    total = value
                elif self._counts_new(one, axis, symbol):
                    self.new = value
        known = {symbol for symbol in given if any(word in symbol.lower() for word in _CACHE_WORDS)}
        if total is not None and not known and total > self.new:
            self.cached = total - self.new

    def is_cache_symbol(self, symbol: str) -> bool:
        """The same as `is_cache`, for a dimension that has been given a size since."""
        return any(word in symbol.lower() for word in _CACHE_WORDS) and "+" not in symbol

    def _is_total(self, one: OpenInput, symbol: str) -> bool:
        name = one.name.lower()
        return self.has_cache and one.is_integer and ("total" in symbol.lower() or "mask" in name)

    def _counts_new(self, one: OpenInput, axis: int, symbol: str) -> bool:
        return (
            one.is_integer
            and axis == 1
            and "encoder" not in symbol.lower()
            and "mask" not in one.name.lower()
        )

    def of(
        self, one: OpenInput, axis: int, given: Mapping[str, int], chosen: Mapping[str, Choice]
    ) -> Choice | None:
        """Size and reason for an open dimension; None where no default is sensible."""
        symbol = one.symbols[axis].lower()
        if "+" in symbol:
            parts = [self._term(part.strip(), one, axis, given, chosen) for part in symbol.split("+")]
            if all(part is not None for part in parts):
                return sum(part for part in parts if part is not None), SUM
        found = self._by_domain(one, axis) or _by_symbol(symbol, axis, one)
        return found or _by_layout(one, axis, self.spells)

    def _term(
        self, text: str, one: OpenInput, axis: int, given: Mapping[str, int], chosen: Mapping[str, Choice]
    ) -> int | None:
        if text.isdecimal():
            return int(text[:10])
        if text in given:
            return given[text]
        named = OpenInput(one.name, one.elem_type, list(one.extents), list(one.symbols), True)
        named.symbols[axis] = text
        choice = chosen.get(text) or self._by_domain(named, axis) or _by_symbol(text, axis, named)
        return None if choice is None else choice[0]

    def _by_domain(self, one: OpenInput, axis: int) -> Choice | None:
        symbol = one.symbols[axis].lower()
        if "batch" in symbol:
            return 1, BATCH
        return (
            self._of_cache(one, axis, symbol)
            or self._of_graph(one, axis, symbol)
            or self._of_state(one, axis, symbol)
            or self._of_sound(one, axis, _plain(f"{one.name} {one.symbols[axis]}"))
            or _of_points(one, axis)
            or _of_video(one, axis, symbol)
            or _of_latent(one, axis, " ".join((one.name, *one.symbols)).lower())
        )

    def _of_cache(self, one: OpenInput, axis: int, symbol: str) -> Choice | None:
        """Tokens of a language model with a cache: in it, new, and both."""
        if not self.has_cache or "encoder" in symbol.replace("decoder", ""):
            return None
        if self.is_cache(one, axis):
            return self.cached, Message("tokens in the cache")
        if axis == 0 and not _SEQUENCE.search(symbol):
            return None
        if "total" in symbol or (one.is_integer and "mask" in one.name.lower() and axis >= 1):
            return self.cached + self.new, SUM
        if _SEQUENCE.search(symbol) or (one.is_integer and axis == 1):
            return self.new, Message("new tokens")
        return None

    def _of_graph(self, one: OpenInput, axis: int, symbol: str) -> Choice | None:
        """Nodes and edges of a graph, by symbol, or by the input where there is a list of edges."""
        own, free = _plain(one.symbols[axis]), not _says_itself(symbol)
        if _EDGES.search(own) or (_names_edges(one) and free and not _NODES.search(own)):
            return GRAPH_EDGES, Message("edges of a graph")
        if self.has_edges and one.is_integer and len(one.extents) == 1:
            return GRAPH_EDGES, Message("edges of a graph")
        if _NODES.search(own):
            return GRAPH_NODES, Message("nodes of a graph")
        if self.has_edges and free and axis == 0 and len(one.extents) <= 2 and not one.is_integer:
            return GRAPH_NODES, Message("nodes of a graph")
        return None

    def _of_state(self, one: OpenInput, axis: int, symbol: str) -> Choice | None:
        """A recurrent state: layers, batch and width, of which only the width matters; one stream at a
        time.
        """
        if not _is_state(one) or axis == len(one.extents) - 1 or _says_itself(symbol):
            return None
        return 1, Message("recurrent state of one stream")

    def _of_sound(self, one: OpenInput, axis: int, words: str) -> Choice | None:
        """The last dimension of a raw signal, which has no other features than its samples."""
        extents = one.extents
        if len(extents) == 3 and extents[2] == 1:  # as STFT has it: real numbers, in an axis of their own
            extents = extents[:2]
        if one.is_integer or axis != len(extents) - 1 or len(extents) > 3 or (axis == 0 and len(extents) > 1):
            return None
        single = len(extents) < 3 or (extents[1] or one.channels) in (*_SOUND_CHANNELS, None)
        sounds = _SOUND.search(words) is not None and (len(extents) < 3 or extents[1] in _SOUND_CHANNELS)
        if not single or not (one.name in self.signals or sounds):
            return None
        if self.has_state:
            return WINDOW_SAMPLES, Message("samples of a streaming window")
        return AUDIO_SAMPLES, Message("samples of one second of sound")


def _is_state(one: OpenInput) -> bool:
    floats = not one.is_integer and len(one.extents) in (2, 3)
    return floats and _STATE.search(one.name.lower()) is not None and "hidden_states" not in one.name.lower()


def _of_points(one: OpenInput, axis: int) -> Choice | None:
    """Points that a prompt names in a picture, or that make up a cloud; the batch is in front."""
    words = _plain(" ".join((one.name, *one.symbols)))
    if axis == 0 or _says_itself(one.symbols[axis].lower()) or not _CLOUD.search(words):
        return None
    if _PROMPT.search(one.name.lower()):
        return PROMPT_POINTS, Message("points of a prompt")
    other = one.extents[3 - axis] if len(one.extents) == 3 else None
    if one.is_integer or other is None or not 3 <= other <= _MOST_OF_A_POINT:
        return None
    return CLOUD_POINTS, Message("points of a cloud")


def _of_video(one: OpenInput, axis: int, symbol: str) -> Choice | None:
    if len(one.extents) != _VIDEO_RANK:
        return None
    if ("frame" in symbol and not _is_extent(symbol)) or symbol in ("t", "time"):
        return VIDEO_FRAMES, Message("frames of a clip")
    if symbol:
        return None
    if one.extents[1] in _IMAGE_CHANNELS:
        return (VIDEO_FRAMES, Message("frames of a clip")) if axis == 2 else _pixels(axis, 3)
    if one.extents[2] in _IMAGE_CHANNELS:
        return (VIDEO_FRAMES, Message("frames of a clip")) if axis == 1 else _pixels(axis, 3)
    return None


def _pixels(axis: int, first: int) -> Choice | None:
    return (IMAGE_SIZE, Message("image size")) if axis >= first else None


def _of_latent(one: OpenInput, axis: int, words: str) -> Choice | None:
    """Height and width of a picture of four channels that is no picture, or that calls itself a latent."""
    if len(one.extents) != _PIXEL_RANK or axis < 2 or one.is_integer or _is_steps(one.symbols[axis].lower()):
        return None
    channels = one.extents[1] or one.channels
    diffused = one.name.lower() in _DIFFUSED and (channels or 0) > _LATENT_CHANNELS
    four = channels == _LATENT_CHANNELS and not _PICTURE.search(words)
    if _LATENT.search(words) or four or diffused:
        fixed = [extent for extent in one.extents[2:] if extent is not None]
        return (fixed[0] if fixed else LATENT_SIZE), Message("size of a latent")
    return None


def _by_symbol(symbol: str, axis: int, one: OpenInput) -> Choice | None:
    """What a dimension's name says it is."""
    second = axis == 1 and len(one.extents) == 3 and _is_time_first(one)
    if "batch" in symbol or ((axis == 0 or second) and symbol in ("n", "b", "bs")):
        return 1, BATCH
    if any(word in symbol for word in _CACHE_WORDS):
        return 0, Message("empty cache")
    if _SEQUENCE.search(symbol) or (symbol == "t" and axis > 0):
        return SEQUENCE_LENGTH, Message("sequence length")
    if _is_extent(symbol):
        return IMAGE_SIZE, Message("image size")
    return None


def _is_time_first(one: OpenInput) -> bool:
    """Whether the first dimension counts steps, as recurrent layers have it."""
    symbol = one.symbols[0].lower()
    return symbol == "l" or _is_steps(symbol)


def _is_steps(symbol: str) -> bool:
    return symbol == "t" or _SEQUENCE.search(symbol) is not None


def _is_extent(symbol: str) -> bool:
    return symbol in ("h", "w") or _EXTENT.search(symbol) is not None


def _says_itself(symbol: str) -> bool:
    """Whether a dimension's own name says what it counts; it goes before what the input's name suggests."""
    return _is_steps(symbol) or _is_extent(symbol)


def _plain(text: str) -> str:
    """Names with their words apart and in small letters: `numPoints` is `num_points`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()


def _names_edges(one: OpenInput) -> bool:
    return len(one.extents) <= _GRAPH_RANK and _EDGES.search(_plain(one.name)) is not None


def _by_layout(one: OpenInput, axis: int, spells: bool) -> Choice | None:
    """What a dimension's place among the others says it is."""
    extents, rank = one.extents, len(one.extents)
    channel_axis = _channel_axis(one)
    spatial = _spatial_axes(rank, channel_axis)
    if axis in spatial:
        fixed = [extent for place in spatial if (extent := extents[place]) is not None and place != axis]
        if fixed and _SPECTRUM.search(_plain(one.name)):
            return SEQUENCE_LENGTH, Message("sequence length")
        lines = spells or _LINE.search(_plain(f"{one.name} {one.symbols[axis]}"))
        if lines and fixed and fixed[0] <= LINE_HEIGHT and axis == spatial[-1]:
            return LINE_WIDTH, Message("width of a line of text, which names or last operators speak for")
        return (fixed[0] if fixed else IMAGE_SIZE), Message("image size")
    if axis == 0 and rank == 3 and _is_time_first(one):
        return SEQUENCE_LENGTH, Message("sequence length")
    if axis == 0:
        return 1, BATCH
    if one.channels is not None and axis == 1 and rank in (2, 3, 4):
        return one.channels, Message("channels of the first weights")
    if one.features is not None and axis == rank - 1:
        return one.features, Message("channels of the first weights")
    if rank == 2 and one.is_integer:
        return SEQUENCE_LENGTH, Message("sequence length")
    unknown = sum(extent is None for extent in extents[1:]) - (one.features is not None and not extents[-1])
    if rank == 3 and unknown <= 1:
        return SEQUENCE_LENGTH, Message("sequence length")
    return None


def _channel_axis(one: OpenInput) -> int | None:
    """Where an image input keeps its channels; None when it does not look like an image."""
    extents, rank = one.extents, len(one.extents)
    if rank == _PIXEL_RANK:
        if extents[1] in _IMAGE_CHANNELS or (extents[1] is None and one.channels in _IMAGE_CHANNELS):
            return 1
        return 3 if extents[3] in _IMAGE_CHANNELS else None
    if rank == 3:
        if extents[0] == 3 and extents[1] is None and extents[2] is None:
            return 0
        return 2 if extents[2] in (3, 4) and extents[0] is None and extents[1] is None else None
    return None


def _spatial_axes(rank: int, channel_axis: int | None) -> tuple[int, ...]:
    if channel_axis is None:
        return ()
    first = 1 if rank == _PIXEL_RANK else 0
    return tuple(axis for axis in range(first, rank) if axis != channel_axis)
