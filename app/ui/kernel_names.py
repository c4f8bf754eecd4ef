"""What kernels are called: the noun of each kernel type, and how several of them are counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.i18n.formats import count
from app.i18n.texts import mark, marks, t, tn
from predictors.model.kernels import Kernel, KernelKind


@dataclass(frozen=True, slots=True)
class Noun:
    """The name of a kernel type, and both forms in which kernels of it are counted."""

    name: str
    counted: tuple[str, str]


_NOUNS: Final[dict[str, Noun]] = {
    "conv-bn-relu": Noun(mark("convolution"), marks("a convolution", "{n} convolutions")),
    "dwconv-bn-relu": Noun(
        mark("depthwise convolution"), marks("a depthwise convolution", "{n} depthwise convolutions")
    ),
    "fc": Noun(mark("fully connected layer"), marks("a fully connected layer", "{n} fully connected layers")),
    "bn": Noun(mark("batch normalisation"), marks("a batch normalisation", "{n} batch normalisations")),
    "bn-relu": Noun(
        mark("batch normalisation with ReLU"),
        marks("a batch normalisation with ReLU", "{n} batch normalisations with ReLU"),
    ),
    "relu": Noun(mark("ReLU"), marks("a ReLU", "{n} ReLUs")),
    "hswish": Noun(mark("hard-swish"), marks("a hard-swish", "{n} hard-swishes")),
    "add": Noun(mark("addition"), marks("an addition", "{n} additions")),
    "add-relu": Noun(mark("addition with ReLU"), marks("an addition with ReLU", "{n} additions with ReLU")),
    "avgpool": Noun(mark("average pooling"), marks("an average pooling", "{n} average poolings")),
    "maxpool": Noun(mark("max pooling"), marks("a max pooling", "{n} max poolings")),
    "global-avgpool": Noun(
        mark("global average pooling"), marks("a global average pooling", "{n} global average poolings")
    ),
    "concat": Noun(mark("concatenation"), marks("a concatenation", "{n} concatenations")),
    "split": Noun(mark("split"), marks("a split", "{n} splits")),
    "channel-shuffle": Noun(mark("channel shuffle"), marks("a channel shuffle", "{n} channel shuffles")),
    "se": Noun(
        mark("squeeze-and-excite block"), marks("a squeeze-and-excite block", "{n} squeeze-and-excite blocks")
    ),
    "grouped-conv": Noun(
        mark("grouped convolution"), marks("a grouped convolution", "{n} grouped convolutions")
    ),
    "dilated-conv": Noun(
        mark("dilated convolution"), marks("a dilated convolution", "{n} dilated convolutions")
    ),
    "transposed-conv": Noun(
        mark("transposed convolution"), marks("a transposed convolution", "{n} transposed convolutions")
    ),
    "conv-1d-3d": Noun(
        mark("convolution in 1 or 3 dimensions"),
        marks("a convolution in 1 or 3 dimensions", "{n} convolutions in 1 or 3 dimensions"),
    ),
    "matmul": Noun(mark("matrix product"), marks("a matrix product", "{n} matrix products")),
    "attention": Noun(mark("attention block"), marks("an attention block", "{n} attention blocks")),
    "layernorm": Noun(
        mark("layer normalisation"), marks("a layer normalisation", "{n} layer normalisations")
    ),
    "norm": Noun(mark("normalisation"), marks("a normalisation", "{n} normalisations")),
    "lrn": Noun(
        mark("local response normalisation"),
        marks("a local response normalisation", "{n} local response normalisations"),
    ),
    "activation": Noun(mark("activation"), marks("an activation", "{n} activations")),
    "softmax": Noun(mark("softmax"), marks("a softmax", "{n} softmaxes")),
    "elementwise": Noun(
        mark("element-wise operation"), marks("an element-wise operation", "{n} element-wise operations")
    ),
    "reduce": Noun(mark("reduction"), marks("a reduction", "{n} reductions")),
    "resize": Noun(mark("resizing"), marks("a resizing", "{n} resizings")),
    "embedding": Noun(mark("embedding"), marks("an embedding", "{n} embeddings")),
    "rnn": Noun(mark("recurrent layer"), marks("a recurrent layer", "{n} recurrent layers")),
    "copy": Noun(mark("copy"), marks("a copy", "{n} copies")),
    "quantize": Noun(mark("quantisation"), marks("a quantisation", "{n} quantisations")),
    "unsupported": Noun(mark("unknown operator"), marks("an unknown operator", "{n} unknown operators")),
}
"""Kernel type -> its noun."""

_POINTWISE: Final = Noun(
    mark("pointwise convolution"), marks("a pointwise convolution", "{n} pointwise convolutions")
)
_SIZED: Final = Noun(mark("{size} convolution"), marks("a {size} convolution", "{n} {size} convolutions"))

_NUMERALS: Final = (
    "0", "1", mark("two"), mark("three"), mark("four"), mark("five"), mark("six"), mark("seven"),
    mark("eight"), mark("nine"), mark("ten"),
)  # fmt: skip


def noun_of(kernel: Kernel) -> str:
    """Return what a kernel is called by: its type, and for a convolution its window, "conv-bn-relu 3×3"."""
    height, width = kernel.config.kernel_h, kernel.config.kernel_w
    if kernel.kind is KernelKind.CONV and height and width:
        return f"{kernel.kind.value} {height}×{width}"
    return kernel.kind.value


def noun_words(noun: str) -> str:
    """Return a noun in words: "pointwise convolution", "3×3 convolution", "fully connected layer"."""
    known, size = _looked_up(noun)
    return noun if known is None else t(known.name, size=size)


def several(amount: int, noun: str) -> str:
    """Return "three pointwise convolutions" or "a 3×3 convolution"; what is not known as "2 × its id"."""
    known, size = _looked_up(noun)
    if known is None:
        return f"{count(amount)} × {noun}"
    return tn(*known.counted, amount, n=numeral(amount), size=size)


def numeral(amount: int) -> str:
    """Return a small whole number above one as a word: "three", "42"."""
    return t(_NUMERALS[amount]) if amount < len(_NUMERALS) else count(amount)


def _looked_up(noun: str) -> tuple[Noun | None, str]:
    kind, _, size = noun.partition(" ")
    if not size:
        return _NOUNS.get(kind), ""
    return _POINTWISE if size == "1×1" else _SIZED, size
