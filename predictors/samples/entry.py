"""One sample network: what it is called, what it counts, and how its file is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from predictors.errors import InputError
from predictors.samples.builder import OPSET
from predictors.samples.networks import Architecture, write_network
from predictors.samples.values import Precision

Task: TypeAlias = Literal[
    "classification", "detection", "super-resolution", "segmentation", "question-answering", "speech-commands"
]


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample network.

    `family` is the name of its family in the published ranges per model family, or its own where there is
    none. `published_macs` are multiply-accumulates of one image, `published_params` trained parameters.
    `input_hw` is the side of the image (pixels), 0 where the input is none; then `written` writes the file.
    """

    id: str
    title: str
    family: str
    description: str
    published_macs: int
    published_params: int
    published_source: str
    design: Callable[[float], Architecture] | None = None
    input_hw: int = 224
    has_width: bool = False
    task: Task = "classification"
    written: Callable[[int], bytes] | None = None
    """Takes the opset and gives the file, for a network whose input is no image."""

    @property
    def has_side(self) -> bool:
        """Whether the input is an image, whose side can be chosen."""
        return self.written is None

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        """Default input (N, C, H, W) of a network of images."""
        return (1, 3, self.input_hw, self.input_hw)

    def build(
        self,
        *,
        input_hw: int | None = None,
        batch: int = 1,
        width: float = 1.0,
        precision: Precision = "fp32",
        opset: int = OPSET,
    ) -> bytes:
        """The network as an ONNX file. `width` multiplies channels in families that define it.

        Raises InputError (code OPTION_VALUE) for an option that is out of range or not this network's.
        """
        if width != 1.0 and not self.has_width:
            raise InputError(
                "OPTION_VALUE", "{title} has no width multiplier. Leave width at 1.", title=self.title
            )
        if self.written is not None:
            if input_hw is not None or batch != 1 or precision != "fp32":
                raise InputError(
                    "OPTION_VALUE",
                    "{title} is no network of images: it is written for one input in fp32 only. Leave "
                    "side, batch and precision as they are.",
                    title=self.title,
                )
            return self.written(opset)
        if self.design is None:
            raise AssertionError(f"The sample {self.id} has neither a design nor a writer.")
        return write_network(
            self.id,
            self.design(width),
            input_hw=self.input_hw if input_hw is None else input_hw,
            batch=batch,
            precision=precision,
            opset=opset,
        )
