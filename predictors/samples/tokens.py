"""MobileBERT for question answering (arXiv 2004.02984), as google-research/mobilebert configures it.

24 equal layers on 512 features with a bottleneck of 128, four attention heads, four feed-forward networks per
layer, and in the place of layer norms a factor and a constant per feature. Tu et al. (SEC 2023) ran
TensorFlow Lite's file for 384 tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictors.samples.builder import OPSET, NetworkBuilder
from predictors.samples.values import Activation, Value

if TYPE_CHECKING:
    import onnx

VOCABULARY, EMBEDDING, WIDTH, INNER, HEADS, LAYERS, FEED_FORWARDS = 30522, 128, 512, 128, 4, 24, 4
POSITIONS, TOKENS = 512, 384
MASKED = -6.0
"""Added to the score of a token that is only padding."""


class TokenBuilder(NetworkBuilder):
    """Writes networks over rows of tokens; values are (N, tokens, features)."""

    def __init__(self, name: str, *, tokens: int, opset: int = OPSET) -> None:
        super().__init__(name, input_hw=1, opset=opset)
        self._inputs = {key: Value(key, (1, tokens)) for key in ("input_ids", "input_mask", "segment_ids")}

    def _declared_inputs(self) -> list[onnx.ValueInfoProto]:
        helper, int64 = self._onnx.helper, self._onnx.TensorProto.INT64
        return [helper.make_tensor_value_info(key, int64, value.shape) for key, value in self._inputs.items()]

    def embedding(self, key: str, rows: int, width: int, *, name: str) -> Value:
        """A row of a table for every token of input `key`."""
        table = self._float_weight(f"{name}.table", (rows, width))
        ids = self._inputs[key]
        return self._raw("Gather", [table, ids.name], (*ids.shape, width), name=name)

    def positions(self, rows: int, width: int) -> Value:
        """The rows of a table of `rows` places that this input's tokens need."""
        table, tokens = (
            self._float_weight("positions.table", (rows, width)),
            self._inputs["input_ids"].shape[1],
        )
        ends = [self._integers([0]), self._integers([tokens]), self._integers([0])]
        return self._raw("Slice", [table, *ends], (tokens, width), name="positions")

    def mask(self) -> Value:
        """What is added to the scores of a token: 0, or `MASKED` where its mask is 0; (N, 1, 1, tokens)."""
        source = self._inputs["input_mask"]
        shape = (1, 1, 1, source.shape[1])
        y = self._raw("Reshape", [source.name, self._integers(shape)], shape, name="mask.shape")
        y = self._raw("Cast", [y.name], shape, name="mask.float", to=self._onnx.TensorProto.FLOAT)
        y = self._raw("Sub", [self._scalar("one", 1.0), y.name], shape, name="mask.padding")
        return self._raw("Mul", [y.name, self._scalar("masked", MASKED)], shape, name="mask")

    def dense(self, x: Value, width: int, *, name: str, act: Activation = "none") -> Value:
        """A fully connected layer over the features of every token, with bias."""
        weight = self._float_weight(f"{name}.weight", (x.shape[-1], width))
        y = self._raw("MatMul", [x.name, weight], (*x.shape[:-1], width), name=name)
        bias = self._float_weight(f"{name}.bias", (width,))
        y = self._raw("Add", [y.name, bias], y.shape, name=f"{name}.add")
        return self.activate(y, act, name=name)

    def no_norm(self, x: Value, *, name: str) -> Value:
        """A factor and a constant per feature."""
        width = (x.shape[-1],)
        y = self._raw(
            "Mul", [x.name, self._float_weight(f"{name}.gamma", width)], x.shape, name=f"{name}.scale"
        )
        return self._raw("Add", [y.name, self._float_weight(f"{name}.beta", width)], x.shape, name=name)

    def neighbours(self, x: Value) -> Value:
        """Features of the next, this and the previous token, joined; zeros beyond the ends."""
        batch, tokens, width = x.shape
        padded = self._raw(
            "Pad",
            [x.name, self._integers([0, 1, 0, 0, 1, 0])],
            (batch, tokens + 2, width),
            name="trigram.pad",
        )
        parts = []
        for place, name in ((2, "next"), (1, "this"), (0, "previous")):
            ends = [self._integers([place]), self._integers([place + tokens]), self._integers([1])]
            parts.append(self._raw("Slice", [padded.name, *ends], x.shape, name=f"trigram.{name}"))
        names = [part.name for part in parts]
        return self._raw("Concat", names, (batch, tokens, 3 * width), name="trigram", axis=2)

    def heads(self, x: Value, *, name: str, keys: bool = False) -> Value:
        """(N, heads, tokens, features of one head); `keys` with the last two swapped."""
        batch, tokens, width = x.shape
        split = (batch, tokens, HEADS, width // HEADS)
        y = self._raw("Reshape", [x.name, self._integers(split)], split, name=f"{name}.heads")
        order = [0, 2, 3, 1] if keys else [0, 2, 1, 3]
        shape = tuple((batch, tokens, HEADS, width // HEADS)[axis] for axis in order)
        return self._raw("Transpose", [y.name], shape, name=f"{name}.order", perm=order)

    def attention(self, query: Value, key: Value, value: Value, mask: Value, *, name: str) -> Value:
        """Softmax of scaled products of queries and keys, times the values, heads joined again."""
        batch, tokens, width = query.shape
        q, k = self.heads(query, name=f"{name}.query"), self.heads(key, name=f"{name}.key", keys=True)
        v = self.heads(value, name=f"{name}.value")
        square = (batch, HEADS, tokens, tokens)
        scores = self._raw("MatMul", [q.name, k.name], square, name=f"{name}.scores")
        scores = self.scaled(scores, (width // HEADS) ** -0.5, name=f"{name}.scaled")
        scores = self._raw("Add", [scores.name, mask.name], square, name=f"{name}.masked")
        shares = self._raw("Softmax", [scores.name], square, name=f"{name}.softmax", axis=3)
        y = self._raw("MatMul", [shares.name, v.name], v.shape, name=f"{name}.context")
        y = self._raw("Transpose", [y.name], (batch, tokens, HEADS, width // HEADS), name=f"{name}.back",
                      perm=[0, 2, 1, 3])  # fmt: skip
        return self._raw("Reshape", [y.name, self._integers(query.shape)], query.shape, name=f"{name}.join")


def _embedded(net: TokenBuilder) -> Value:
    words = net.embedding("input_ids", VOCABULARY, EMBEDDING, name="words")
    x = net.dense(net.neighbours(words), WIDTH, name="embedding")
    segments = net.embedding("segment_ids", 2, WIDTH, name="segments")
    x = net.add(x, segments, name="embedding.segments")
    place = net.positions(POSITIONS, WIDTH)
    return net.no_norm(net.add(x, place, name="embedding.positions"), name="embedding.norm")


def _layer(net: TokenBuilder, x: Value, mask: Value, name: str) -> Value:
    inner = net.no_norm(net.dense(x, INNER, name=f"{name}.input"), name=f"{name}.input.norm")
    shared = net.no_norm(net.dense(x, INNER, name=f"{name}.shared"), name=f"{name}.shared.norm")
    query, key = (net.dense(shared, INNER, name=f"{name}.{part}") for part in ("query", "key"))
    y = net.attention(query, key, net.dense(x, INNER, name=f"{name}.value"), mask, name=f"{name}.attention")
    y = net.add(net.dense(y, INNER, name=f"{name}.output"), inner, name=f"{name}.output.residual")
    y = net.no_norm(y, name=f"{name}.output.norm")
    for index in range(FEED_FORWARDS):
        z = net.dense(y, WIDTH, name=f"{name}.feed{index}.up", act="relu")
        z = net.add(
            net.dense(z, INNER, name=f"{name}.feed{index}.down"), y, name=f"{name}.feed{index}.residual"
        )
        y = net.no_norm(z, name=f"{name}.feed{index}.norm")
    y = net.add(net.dense(y, WIDTH, name=f"{name}.wide"), x, name=f"{name}.residual")
    return net.no_norm(y, name=f"{name}.norm")


def mobilebert(opset: int = OPSET, tokens: int = TOKENS, layers: int = LAYERS) -> bytes:
    """The ONNX file of MobileBERT with its two outputs per token: where the answer starts and ends."""
    net = TokenBuilder("mobilebert", tokens=tokens, opset=opset)
    x, mask = _embedded(net), net.mask()
    for index in range(layers):
        x = _layer(net, x, mask, f"layer{index}")
    return net.finish(net.dense(x, 2, name="answer"))
