"""Networks with attention on the P40 Pro: how far their sums may be off, and what they were checked against.

One such network was measured on this phone, MobileBERT on the CPU, as a whole application (Tu et al., SEC
2023, DNN10). Networks with GELU and layer normalisation, as vision transformers have them, never were.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from predictors.energy.fitting.gaussian_process import Z_80
from predictors.model.kernels import Kernel, KernelKind
from predictors.results.estimates import Note

FACTORS = {"cpu": 1.5, "gpu": 2.0}
"""An 80 % interval of such a network's sum reaches at least this factor either way (own choice: on the CPU
one network of a simpler kind came out 17 % low, on the GPU none was measured)."""
NOTES = {
    "cpu": Note(
        "ATTENTION_HARDLY_CHECKED",
        "Of networks with attention one was measured on this phone's CPU, MobileBERT, as a whole "
        "application: its time came out within 5 %, its energy 17 % low. Others, such as vision "
        "transformers, were never checked: the interval reaches at least a factor of 1.5 either way.",
    ),
    "gpu": Note(
        "ATTENTION_NOT_CHECKED",
        "No network with attention was measured on this phone's GPU: the interval reaches at least a "
        "factor of 2 either way.",
    ),
}


def has_attention(kernels: Sequence[Kernel]) -> bool:
    """Fused attention, or the products and the softmax that it is made of."""
    kinds = {kernel.kind for kernel in kernels}
    return KernelKind.ATTENTION in kinds or {KernelKind.MATMUL, KernelKind.SOFTMAX} <= kinds


def composition_sd_of(kernels: Sequence[Kernel], delegate: str, usual: float) -> float:
    """Log standard deviation between a network and its kernels: `usual`, or that of one with attention."""
    return math.log(FACTORS[delegate]) / Z_80 if has_attention(kernels) else usual


def attention_notes(kernels: Sequence[Kernel], delegate: str) -> tuple[Note, ...]:
    """Warnings about attention; empty where the network has none."""
    return (NOTES[delegate],) if has_attention(kernels) else ()
