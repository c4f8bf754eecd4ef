"""Energy per inference: that of the whole block of inferences over their number, and how well it is known.

The block's energy above idle does not depend on where exactly each inference lies, as long as power is at
idle in the pauses and around the block; so it is right also where the meter is slower than the inferences.
Where something else runs in the pauses, each inference is integrated by itself instead, if the meter is fast
enough to tell the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from data.tracing.alignment import Alignment
from data.tracing.idle import Idle
from data.tracing.inference_block import Block
from data.tracing.inferences import InferenceLog
from data.tracing.recording import Recording, Span

Floats = NDArray[np.float64]

LEVEL: Final = 0.8  # share that intervals hold, as everywhere
EACH_SAMPLES: Final = 30.0 - 1e-6
"""Single inferences are only told with so many samples each: their edges then take under a tenth of them."""
TOO_WIDE: Final = 0.25
"""An interval wider than a quarter of the mean, to either side, is no answer."""
ROUGH: Final = 0.0035
"""An interval wider than that share of the mean, to either side, leaves chance more than 1 %: that is then no
longer three and a half standard deviations."""
INSIDE: Final = 0.999  # share of an inference that has samples; less is a gap


@dataclass(frozen=True, slots=True)
class PerInference:
    """Energy of single inferences (mJ): how many, mean, and how well the mean is known.

    `mean_low_mj` to `mean_high_mj` is the 80 % interval of the mean in all, `above_low_mj` to `above_high_mj`
    that of the mean above idle. Median, deviation and `low_mj` to `high_mj` (which holds eight in ten
    inferences) are NaN where the meter has too few samples per inference to tell one from another; `method`
    says how the mean was obtained, `samples_each` how many samples an inference has, `edge_mj` what the
    uncertainty of the edges alone would make.
    """

    count: int
    warm_up: int
    mean_mj: float
    median_mj: float
    low_mj: float
    high_mj: float
    std_mj: float
    mean_low_mj: float
    mean_high_mj: float
    above_idle_mj: float
    above_low_mj: float
    above_high_mj: float
    latency_ms: float
    measured_mean_mj: float
    in_gaps: int
    samples_each: float
    edge_mj: float
    method: Message

    @property
    def is_rough(self) -> bool:
        """Whether chance alone may put the mean off by more than 1 %."""
        return self.mean_high_mj - self.mean_mj > ROUGH * abs(self.mean_mj)

    @property
    def has_each(self) -> bool:
        """Whether single inferences can be told apart."""
        return bool(np.isfinite(self.low_mj))


@dataclass(frozen=True, slots=True)
class Found:
    """What the inferences of a range take (None where it cannot be said), how many of the log lie outside
    the recording, and what has to be known of it."""

    figures: PerInference | None
    unplaced: int
    warnings: tuple[Message, ...] = ()


def energies_mj(recording: Recording, log: InferenceLog) -> tuple[Floats, Floats]:
    """Energy (mJ) of each inference and the share of its time that has samples.

    `log` is on the recording's clock.
    """
    edges = np.concatenate([log.start_s, log.end_s])
    energy, covered, _ = recording.until(edges).reshape(3, 2, log.count)
    lasting = log.end_s - log.start_s
    share = np.divide(covered[1] - covered[0], lasting, out=np.ones(log.count), where=lasting > 0)
    return 1000.0 * (energy[1] - energy[0]), share


def per_inference(
    recording: Recording, log: InferenceLog, span: Span, idle: Idle, alignment: Alignment | None
) -> Found:
    """Figures over the inferences that lie wholly within a span; `log` is on the recording's clock."""
    slack = 1e-6
    placed = (log.start_s >= -slack) & (log.end_s <= recording.duration_s + slack)
    inside = placed & (log.start_s >= span.start_s - slack) & (log.end_s <= span.end_s + slack)
    energy, share = energies_mj(recording, log)
    whole = inside & (share > INSIDE)
    unplaced = int((~placed).sum())
    if not whole.any():
        return Found(None, unplaced)
    block = Block(recording, log, whole, idle, alignment)
    warnings = block.warnings()
    if not block.stands_out() and not (alignment is None or alignment.given):
        refused = Message(
            "Power does not rise enough where the log has its inferences, so their energy cannot be told."
        )
        return Found(None, unplaced, (*warnings, refused))
    if block.drowned():
        refused = Message(
            "Something else runs between the inferences, and the meter has too few samples of each to leave "
            "it out: take a faster meter, or longer inferences."
        )
        return Found(None, unplaced, (*warnings, refused))
    if block.points_or_means() and not (alignment is None or alignment.given):
        refused = Message(
            "So few samples lie among the inferences that they may be points as well as means over a step: "
            "take a faster meter, or more inferences."
        )
        return Found(None, unplaced, (*warnings, refused))
    figures = _figures(block, energy, int((inside & ~whole).sum()))
    wide = figures.mean_high_mj - figures.mean_mj > TOO_WIDE * abs(figures.mean_mj)
    if (wide or block.too_short()) and not (alignment is None or alignment.given):
        refused = Message(
            "The meter is too slow or idle too short to tell the energy of an inference: chance alone makes "
            "it {low:.3g} to {high:.3g} mJ.",
            low=figures.mean_low_mj,
            high=figures.mean_high_mj,
        )
        return Found(None, unplaced, (*warnings, refused))
    return Found(figures, unplaced, (*warnings, *((_ROUGHLY,) if figures.is_rough else ())))


_ROUGHLY: Final = Message(
    "The energy of an inference is known roughly only: the samples are so few, or so noisy, that chance "
    "alone may put it off by more than 1 %. Its interval says how far."
)


def _figures(block: Block, energy: Floats, in_gaps: int) -> PerInference:
    """The figures: means of the block or of its inferences, spreads where single ones can be told."""
    values = energy[block.whole]
    measured = values[~block.log.warm_up[block.whole]]
    above = block.above_mj()
    mean = above + 1000.0 * block.idle.power_w * block.busy_s / block.count
    half, half_above = block.half_mj(above=False), block.half_mj(above=True)
    each = values if block.samples_each >= EACH_SAMPLES and not block.overlap else np.empty(0)
    low, median, high = (
        np.quantile(each, [0.5 - LEVEL / 2, 0.5, 0.5 + LEVEL / 2]) if len(each) else (np.nan,) * 3
    )
    ratio = mean / float(values.mean()) if float(values.mean()) else 1.0
    return PerInference(
        count=block.count,
        warm_up=int((block.whole & block.log.warm_up).sum()),
        mean_mj=mean,
        median_mj=float(median),
        low_mj=float(low),
        high_mj=float(high),
        std_mj=float(each.std(ddof=1)) if len(each) > 1 else float("nan"),
        mean_low_mj=mean - half,
        mean_high_mj=mean + half,
        above_idle_mj=above,
        above_low_mj=above - half_above,
        above_high_mj=above + half_above,
        latency_ms=1000.0 * block.latency_s,
        measured_mean_mj=ratio * float(measured.mean()) if len(measured) else float("nan"),
        in_gaps=in_gaps,
        samples_each=block.samples_each,
        edge_mj=1000.0 * block.at_edges.size / block.count,
        method=block.method(),
    )
