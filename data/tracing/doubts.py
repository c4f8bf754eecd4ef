"""What has to be confirmed of a reading: both readings side by side with their energies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.messages import Message
from data.tracing.layout import Doubt, Layout
from data.tracing.recording import Recording


@dataclass(frozen=True, slots=True)
class Judged:
    """A doubt with the energy (J) and duration (s) of what was taken and of the other reading."""

    doubt: Doubt
    energy_j: float
    duration_s: float

    @property
    def other_energy_j(self) -> float:
        """Energy (J) of the reading that was not taken."""
        return self.energy_j * self.doubt.energy_factor

    @property
    def other_duration_s(self) -> float:
        """Duration (s) of the reading that was not taken."""
        return self.duration_s * self.doubt.time_factor

    @property
    def text(self) -> Message:
        """Why it is in doubt, and both readings: "as us: 20 J in 20 s; as ms: 20,000 J in 20,000 s"."""
        return Message(
            "{why} As {chosen} (taken): {energy:,.4g} J in {duration:,.4g} s; as {other}: "
            "{other_energy:,.4g} J in "
            "{other_duration:,.4g} s.",
            why=self.doubt.why,
            chosen=self.doubt.chosen,
            energy=self.energy_j,
            duration=self.duration_s,
            other=self.doubt.other,
            other_energy=self.other_energy_j,
            other_duration=self.other_duration_s,
        )


def judged(layout: Layout, rails: Sequence[str], recording: Recording) -> tuple[Judged, ...]:
    """The doubts of a layout with the energies of this recording, where they concern what was read."""
    span = recording.span()
    headings = {each.heading for name in rails for each in layout.rail(name).channels}
    others = {each.heading for rail in layout.rails for each in rail.channels} - headings
    return tuple(
        Judged(doubt, span.energy_j, span.duration_s)
        for doubt in layout.doubts
        if doubt.why.values.get("heading") not in others
    )
