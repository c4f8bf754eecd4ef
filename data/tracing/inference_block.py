"""The inferences of a range as one block: its energy above idle, how well it is known, and what does not
fit."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from data.tracing.alignment import Alignment
from data.tracing.chance import Deviation, half_width, inflation, together
from data.tracing.edges import Inner, by_inner_samples, by_points, corrected
from data.tracing.idle import MOST_SAMPLES, Idle, samples_between
from data.tracing.inferences import InferenceLog
from data.tracing.recording import Recording

Floats = NDArray[np.float64]

RESOLVED: Final = 3.0
"""Samples per inference from which pauses and inferences can be told apart."""
OTHER_WORK: Final = 0.1
"""Pauses that draw more than this share of what an inference adds hold other work."""
MARGIN_STEPS: Final = 2.0  # samples at either end that may be means over the edge
FEWEST_STEPS: Final = 10.0
"""With fewer samples of a block, one at either end that holds other load moves its energy by a tenth."""
NO_DIP: Final = 0.8
"""The same for pauses of few samples, where part of the inferences beside them is seen in the pause."""
BETWEEN: Final = 0.15
"""Samples less than that from idle or from their inference's power are points, as far as noise lets it
tell."""
FEWEST_INNER: Final = 3.0
"""Samples well within an inference from which its own power can be told from what runs beside it."""
POINT_SHARE: Final = 0.7
"""Share of the spread of point samples from which a slow meter is taken to sample points, not to average."""
EQUAL_SHARE: Final = 0.02
"""Where inferences leave less than that of the time free, points and means differ by less as well."""
BY_CHANCE: Final = 0.002  # once in 500 recordings of points none falls into a pause
FEW_POINTS, FEW_POINT_SHARE = 30, 0.45
"""The same for so few samples that chance may give points little spread: all of ten in an inference, say."""


class Block:
    """The inferences of a range as one block."""

    def __init__(
        self, recording: Recording, log: InferenceLog, whole: NDArray[np.bool_], idle: Idle,
        alignment: Alignment | None,
    ) -> None:  # fmt: skip
        self.recording, self.log, self.whole, self.idle, self.alignment = (
            recording,
            log,
            whole,
            idle,
            alignment,
        )
        self.starts, self.ends = log.start_s[whole], log.end_s[whole]
        self.count = int(whole.sum())
        self.step = max(recording.step_s, 1e-12)
        latest = np.maximum.accumulate(self.ends)
        self.pauses = np.maximum(self.starts[1:] - latest[:-1], 0.0)
        self.overlap = bool(np.any(self.starts[1:] < latest[:-1] - 1e-3 * (self.ends - self.starts)[1:]))
        self.first, self.last = float(self.starts.min()), float(self.ends.max())
        before = np.concatenate([[-np.inf], latest[:-1]])
        self.busy_s = float(np.sum(np.maximum(self.ends - np.maximum(self.starts, before), 0.0)))
        self.latency_s = float((self.ends - self.starts).mean())
        self.samples_each = float(np.median(self.ends - self.starts)) / self.step
        self.resolved = self.samples_each >= RESOLVED and not self.overlap
        self._measure()

    def _measure(self) -> None:
        """Energy above idle (J) of the block, with margins that lie at rest; that inside the inferences."""
        self.unrested = 0
        self.low = self.first - self._margin(before=True)
        self.high = self.last + self._margin(before=False)
        parts = [self.recording.span(low, high) for low, high in self._parts()]
        self.gaps = len(parts) > 1
        self.cuts = 2 * (len(parts) - 1) + (self.unrested if self.whole.all() else 2)
        self.block_s = sum(part.covered_s for part in parts)
        self.above_j = sum(part.energy_j for part in parts) - self.idle.power_w * self.block_s
        edges = np.concatenate([self.starts, self.ends])
        energy = self.recording.until(edges)[0].reshape(2, self.count)
        inside_j = float((energy[1] - energy[0]).sum())
        lasting = float((self.ends - self.starts).sum())
        self.added_w = (inside_j / lasting if lasting > 0 else 0.0) - self.idle.power_w
        self.pause_w = self._pause_power()
        self.averages = self._averages()
        self.at_edges = self._at_edges()
        self.inner = self._inner()

    def _samples(self) -> tuple[Floats, Floats]:
        return samples_between(self.recording, self.first - self.step, self.last + self.step)

    def _at_edges(self) -> Deviation:
        """Deviation (J) that comes from where between two samples each edge lies; puts the edges right where
        many of them tell it better than one."""
        if self.samples_each < 1.0 or self.averages:
            return Deviation(0.0)
        alone = abs(self.added_w) * self.step * float(np.sqrt(2.0 * self.count / 12.0))
        samples = self._samples()
        if not self.resolved or len(samples[0]) >= MOST_SAMPLES:
            return Deviation(alone)
        found = corrected(samples, self.starts, self.ends, self.idle.power_w, self.step)
        if found is None or self.other_work:
            return Deviation(alone)
        self.above_j += found.energy_j
        return Deviation(found.error_j)

    def _inner(self) -> Inner | None:
        """The energy by the samples within the inferences, where that of the block is not theirs or worse."""
        if self.other_work:
            return by_inner_samples(self._samples(), self.starts, self.ends, self.step)
        if self.averages or self.resolved or self.overlap or self.count < 2:
            return None
        return by_points(self._samples(), self.starts, self.ends, self.idle.power_w)

    def _parts(self) -> list[tuple[float, float]]:
        """The block without its gaps: cut in the pauses (s) beside the inferences that a gap touches."""
        gaps = [gap for gap in self.recording.gaps if gap[0] < self.high and gap[1] > self.low]
        if not gaps:
            return [(self.low, self.high)]
        half = 0.5 * float(np.median(self.pauses)) if len(self.pauses) else 0.0
        bounds = [self.low, *(time for gap in gaps for time in gap), self.high]
        parts = []
        for low, high in zip(bounds[::2], bounds[1::2], strict=True):
            inside = (self.starts >= low) & (self.ends <= high)
            if inside.any():
                first, last = float(self.starts[inside].min()), float(self.ends[inside].max())
                begin = low if low == self.low else max(low, first - half)
                end = high if high == self.high else min(high, last + half)
                parts.append((begin, end))
        return parts

    def _margin(self, *, before: bool) -> float:
        """How far the block reaches beyond its inferences: into rest, but not into what is not of it."""
        outside = self.log.end_s[~self.whole] if before else self.log.start_s[~self.whole]
        edge = self.first if before else self.last
        beyond = (edge - outside) if before else (outside - edge)
        beyond = beyond[beyond > 0]
        wanted = MARGIN_STEPS * self.step
        if self.alignment is not None and not self.alignment.given:
            wanted += self.alignment.error_s
        pause = float(np.median(self.pauses)) if len(self.pauses) else np.inf
        near = float(beyond.min()) if len(beyond) else np.inf
        if not len(beyond) and not self._rests(edge, wanted, before=before):
            near = pause
            self.unrested += 1
        return min(wanted, 0.5 * near)

    def _rests(self, edge: float, width: float, *, before: bool) -> bool:
        """Whether power is at idle beyond an edge of the block."""
        near, far = (width, 5.0 * width) if self.resolved else (self.step, 2.0 * self.step)
        low, high = (edge - far, edge - near) if before else (edge + near, edge + far)
        span = self.recording.span(low, high)
        if span.covered_s <= 0:
            return True
        mean = self.recording.span(self.first, self.last).avg_power_w
        return span.avg_power_w - self.idle.power_w < 0.25 * (mean - self.idle.power_w)

    def _pause_power(self) -> float:
        """Mean power (W) in the middle of the pauses; NaN where the meter cannot tell it."""
        self.pause_share = OTHER_WORK
        wide = self.pauses > 4.0 * self.step
        if not wide.any():
            self.pause_share, wide = NO_DIP, self.pauses > 0.9 * self.step
        if not self.resolved or not wide.any():
            return float("nan")
        latest = np.maximum.accumulate(self.ends)[:-1][wide]
        width = self.pauses[wide]
        edges = np.concatenate([latest + 0.3 * width, latest + 0.7 * width])
        energy, covered, _ = self.recording.until(edges).reshape(3, 2, int(wide.sum()))
        seconds = float((covered[1] - covered[0]).sum())
        return float((energy[1] - energy[0]).sum()) / seconds if seconds > 0 else float("nan")

    @property
    def other_work(self) -> bool:
        """Whether something else runs in the pauses."""
        if not np.isfinite(self.pause_w) or self.added_w <= 0:
            return False
        return self.pause_w - self.idle.power_w > self.pause_share * self.added_w

    def too_short(self) -> bool:
        """Whether a slow meter has too few samples of the block to say where it begins and ends."""
        return not self.resolved and self.last - self.first < FEWEST_STEPS * self.step

    def points_or_means(self) -> bool:
        """Whether so few samples may be points that fell into inferences by chance, or means over a step."""
        share = min(1.0, self.busy_s / max(self.last - self.first, 1e-12))
        steps = (self.last - self.first) / self.step - 2.0
        if self.samples_each >= 1.0 or self.overlap or 1.0 - share <= EQUAL_SHARE:
            return False
        few = steps < FEW_POINTS and self.inner is None
        return share**steps > BY_CHANCE if self.averages else few

    def stands_out(self) -> bool:
        """Whether the block draws more than idle, beyond what chance makes."""
        return not self.idle.seen or self.above_j > 2.0 * self.error(self.block_s).size

    def _averages(self) -> bool:
        """Whether samples are means over a step rather than points."""
        times, power = samples_between(self.recording, self.first - self.step, self.last + self.step)
        base, added = self.idle.power_w, self._pulse_w()
        if len(power) < 10 or added <= 0:  # fewer values say nothing of where they lie
            return False
        if self.samples_each >= RESOLVED:
            return self._between_at_edges(times, power)
        share = min(1.0, self.busy_s / max(self.last - self.first, 1e-12))
        if self.samples_each >= 1.0:
            middle = float(np.mean((power > base + 0.2 * added) & (power < base + 0.8 * added)))
            return middle > 0.3 * min(1.0, 2 * self.count / len(power))
        points = added * float(np.sqrt(max(share * (1.0 - share), 1e-12)))
        within = power[(times > self.first + self.step) & (times < self.last - self.step)]
        few = len(within) < FEW_POINTS
        return len(within) > 1 and float(within.std()) < (FEW_POINT_SHARE if few else POINT_SHARE) * points

    def _between_at_edges(self, times: Floats, power: Floats) -> bool:
        """Whether the sample at an edge lies between idle and its own inference, as a mean over a step
        does."""
        edges = np.concatenate([self.starts, self.ends])
        near = np.clip(np.searchsorted(times, edges), 1, len(times) - 1)
        near -= (edges - times[near - 1]) < (times[near] - edges)
        inner = np.searchsorted(times, np.tile(0.5 * (self.starts + self.ends), 2))
        level = power[np.clip(inner, 0, len(power) - 1)] - self.idle.power_w
        share = (power[near] - self.idle.power_w) / np.where(level > 0, level, np.inf)
        return float(np.mean((share > BETWEEN) & (share < 1.0 - BETWEEN))) > 0.5 * (1.0 - 2.0 * BETWEEN)

    def _pulse_w(self) -> float:
        """What an inference adds to idle (W), from the block."""
        return self.above_j / self.busy_s if self.busy_s > 0 else 0.0

    def _noise(self) -> Deviation:
        """Deviation (J) that the noise of single samples makes over the block."""
        power = samples_between(self.recording, self.first, self.last)[1]
        if len(power) < 2:
            return Deviation(0.0)
        noise, freedom, factor = self.idle.noise.size, self.idle.noise.freedom, 1.0
        if self.samples_each < 1.0 and not self.averages:
            noise, freedom = float(power.std(ddof=1)), len(power) - 1.0
            factor = inflation(power - power.mean())
        return Deviation(noise * float(np.sqrt(factor * self.step * (self.high - self.low))), freedom)

    def error(self, idle_s: float) -> Deviation:
        """Standard error (J) of the block's energy, where idle power counts over `idle_s`."""
        idle = Deviation(self.idle.error.size * idle_s, self.idle.error.freedom)
        return together((idle, self._noise(), self.at_edges, Deviation(self._ends_j())))

    def half_mj(self, *, above: bool) -> float:
        """Half of the 80 % interval (mJ) of the mean of an inference, in all or above idle."""
        if self.inner is not None:
            idle = Deviation(self.idle.error.size * (self.busy_s if above else 0.0), self.idle.error.freedom)
            return 1000.0 * half_width(together((self.inner.error, idle))) / self.count
        idle_s = self.block_s if above else max(0.0, self.block_s - self.busy_s)
        return 1000.0 * half_width(self.error(idle_s)) / self.count

    def above_mj(self) -> float:
        """Mean energy above idle (mJ) of an inference."""
        joules = self.above_j
        if self.inner is not None:
            joules = self.inner.energy_j - self.idle.power_w * self.busy_s
        return 1000.0 * joules / self.count

    def drowned(self) -> bool:
        """Whether something else runs between the inferences, which the meter is too slow to leave out."""
        return self.inner is not None and self.inner.samples_each < FEWEST_INNER

    def _ends_j(self) -> float:
        """Deviation (J) that comes from cutting the block where power is not at rest."""
        if not self.cuts:
            return 0.0
        height = abs(self.above_j / max(self.block_s, 1e-12))
        width = self.step * self._seen_at_cut() if self.resolved else 2.0 * self.step
        return float(height * width * np.sqrt(self.cuts / 12.0))

    def _seen_at_cut(self) -> float:
        """How much of a step's energy is open where the block is cut in the middle of a pause.

        All of it in a pause of two steps, where the inferences beside it are seen; the less, the longer the
        pause (by trials of known truth, with gaps and with inferences that were not logged).
        """
        half = 0.5 * float(np.median(self.pauses)) / self.step if len(self.pauses) else 0.0
        return min(1.0, half**-2.0) if half > 0 else 1.0

    def method(self) -> Message:
        if self.inner is None:
            return Message(
                "energy of the whole block of inferences above idle, over their number, with idle power "
                "over the "
                "time of the inferences"
            )
        return Message(
            "mean over the inferences: power of the samples well within each, over the time that it takes"
        )

    def warnings(self) -> tuple[Message, ...]:
        """What does not fit between log and recording."""
        found = []
        if self.overlap:
            found.append(
                Message(
                    "Inferences overlap, as several run at once. The energy of the block is shared out "
                    "among them."
                )
            )
        if self.other_work:
            found.append(
                Message(
                    "Between the inferences power is {power:.3g} W above idle: something else runs there, "
                    "or the "
                    "log lacks inferences. Only the time of the logged inferences is counted.",
                    power=self.pause_w - self.idle.power_w,
                )
            )
        if self.gaps:
            found.append(
                Message("The recording has gaps among the inferences, so only whole inferences are counted.")
            )
        stronger = self._stronger()
        if stronger is not None:
            found.append(stronger)
        return tuple(found)

    def _stronger(self) -> Message | None:
        """Whether a stretch outside draws more than the inferences: a load that the log does not know."""
        width = min(self.last - self.first, 0.5 * self.recording.duration_s)
        if width <= 0 or self.above_j <= 0:
            return None
        mean = self.idle.power_w + self.above_j / max(self.last - self.first, 1e-12)
        low, high = float(self.log.start_s.min()) - self.step, float(self.log.end_s.max()) + self.step
        count = int(np.clip(self.recording.duration_s / max(width / 4, 4 * self.step), 4, 400))
        edges = np.linspace(0.0, self.recording.duration_s, count + 1)
        outside = (edges[1:] < low) | (edges[:-1] > high)
        means = self.recording.means(edges)
        peak = float(np.nanmax(means[outside])) if outside.any() else 0.0
        if peak < self.idle.power_w + 1.1 * (mean - self.idle.power_w) or not np.isfinite(peak):
            return None
        return Message(
            "Outside the logged inferences power rises to {peak:.3g} W, more than the {mean:.3g} W among "
            "them: a "
            "stronger load runs there. Check that the log belongs to this recording.",
            peak=peak,
            mean=mean,
        )
