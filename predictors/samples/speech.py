"""The speech commands network of Tu et al. (SEC 2023): TensorFlow's conv_actions_frozen.

Layers as in TensorFlow's examples/speech_commands/models.py (create_conv_model): two convolutions over 99
steps of time and 40 coefficients of sound, a pool between them, one fully connected layer. What turns sound
into coefficients (spectra of 99 windows) runs before the network and is not part of it.
"""

from __future__ import annotations

from predictors.samples.builder import OPSET, NetworkBuilder
from predictors.samples.values import Value, window

STEPS, COEFFICIENTS, FILTERS, WORDS = 99, 40, 64, 12


class SoundBuilder(NetworkBuilder):
    """Writes networks over (1, 1, steps, coefficients) with so many filters."""

    def __init__(self, name: str, steps: int, filters: int, *, opset: int = OPSET) -> None:
        super().__init__(name, input_hw=1, opset=opset)
        self._filters = filters
        self._input = Value("input", (1, 1, steps, COEFFICIENTS))
        self.image = self._input

    def oblong_conv(self, x: Value, kernel: tuple[int, int], *, name: str) -> Value:
        """A convolution of stride 1 with a kernel of (steps, coefficients), bias and ReLU; "same" padding."""
        high, wide = (window(x.shape[axis], kernel[axis - 2], 1, "same") for axis in (2, 3))
        inputs = [
            x.name,
            self._float_weight(f"{name}.weight", (self._filters, x.channels, *kernel)),
            self._float_weight(f"{name}.bias", (self._filters,)),
        ]
        pads = [high.begin, wide.begin, high.end, wide.end]
        y = self._node("Conv", inputs, (1, self._filters, *x.shape[2:]), name=name, kernel_shape=list(kernel),
                       strides=[1, 1], pads=pads)  # fmt: skip
        return self.activate(y, "relu", name=name)

    def halved(self, x: Value, *, name: str) -> Value:
        """The largest of every two by two."""
        high, wide = (window(x.shape[axis], 2, 2, "same") for axis in (2, 3))
        pads = [high.begin, wide.begin, high.end, wide.end]
        return self._node("MaxPool", [x.name], (1, x.channels, high.out, wide.out), name=name,
                          kernel_shape=[2, 2], strides=[2, 2], pads=pads)  # fmt: skip


def conv_actions(opset: int = OPSET, *, steps: int = STEPS, filters: int = FILTERS) -> bytes:
    """The ONNX file; its output has a score for each of ten words, silence and anything else."""
    net = SoundBuilder("conv-actions", steps, filters, opset=opset)
    x = net.halved(net.oblong_conv(net.image, (20, 8), name="conv1"), name="pool")
    x = net.oblong_conv(x, (10, 4), name="conv2")
    return net.finish(net.fc(net.flatten(x), WORDS, name="words"))
