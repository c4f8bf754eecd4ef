"""What a file leaves to the moment it runs, and what the reader of a figure decided: branches and steps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from data.messages import Message
from predictors.errors import ModelError, printable
from predictors.model.graph import Remark
from predictors.model.open_choices import MOST_WRITTEN_OUT
from predictors.reading.given_shapes import is_whole
from predictors.reading.names import clean

BRANCH, STEPS, SCAN = "If", "Loop", "Scan"


@dataclass(slots=True)
class Choices:
    """`parts`: the branches and loops of a file by their names, each with its kind; `given`: what the reader
    decided about some; `remarks`: what was found about them on the way, each once.
    """

    parts: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, int] = field(default_factory=dict)
    remarks: dict[Remark, None] = field(default_factory=dict)

    def own_name(self, called: str) -> str:
        """A part's name in the file, where it was put into the steps of a loop or into a branch."""
        rest = called
        while rest not in self.parts and "/" in rest:
            rest = rest.partition("/")[2]
        return rest if rest in self.parts else called

    def of(self, called: str) -> int | None:
        """What the reader decided about a part; None where nothing."""
        return self.given.get(self.own_name(called))

    def steps(self, called: str, most: int | None, room: int) -> int | None:
        """How often a loop runs whose end the file leaves open: as chosen, else the most that it allows.

        `most`: that most, None where the file has none; `room`: how many steps can be written out. Raises
        ModelError CHOICE_UNUSABLE for more than either.
        """
        chosen = self.of(called)
        if chosen is None:
            self.remark("STEPS_OPEN" if most is None else "STEPS_AT_MOST", called, str(most or ""))
            return most
        if most is not None and most < min(chosen, room + 1):
            raise self._too_many(called, chosen, most, Message("the file ends it there"))
        if chosen > room:
            raise self._too_many(called, chosen, room, Message("more operators than a model may have"))
        self.remark("STEPS_CHOSEN", called, str(chosen))
        return chosen

    def _too_many(self, called: str, chosen: int, most: int, why: Message) -> ModelError:
        return ModelError(
            "CHOICE_UNUSABLE",
            "{chosen:,} steps of {name} can't be counted, {most:,} at most ({why}). Give a smaller number, "
            "as in --shape {name}={example}.",
            chosen=chosen,
            name=clean(self.own_name(called)),
            most=most,
            why=why,
            example=str(most),
        )

    def remark(self, code: str, called: str, detail: str = "") -> None:
        """Keep what the reader of a figure must know about a part."""
        self.remarks[Remark(code, self.own_name(called), detail)] = None


def in_the_files_words(
    shapes: Mapping[str, Sequence[int]], names: Collection[str]
) -> dict[str, Sequence[int]]:
    """The same shapes by the names in the file: what a reader sees of a long one is its `clean` form."""
    known = {clean(name): name for name in names}
    return {name if name in names else known.get(name, name): extents for name, extents in shapes.items()}


def read_choices(
    parts: Mapping[str, str], inputs: Collection[str], shapes: Mapping[str, Sequence[int]]
) -> tuple[Choices, dict[str, Sequence[int]]]:
    """What the reader decided about branches and loops by their names, and the shapes of inputs left over.

    A single number under the name of an If is 1 (then) or 0 (else), under that of a Loop how often it runs.
    Raises ModelError CHOICE_UNUSABLE for another number.
    """
    shapes = in_the_files_words(shapes, [*inputs, *parts])
    chosen = {name: numbers for name, numbers in shapes.items() if name in parts and name not in inputs}
    for name, numbers in chosen.items():
        most = 1 if parts[name] == BRANCH else MOST_WRITTEN_OUT
        if len(numbers) != 1 or not is_whole(numbers[0]) or not 0 <= numbers[0] <= most:
            raise ModelError(
                "CHOICE_UNUSABLE",
                "{name} is no input but {kind}. Give 1 for its then-branch or 0 for its else-branch, or how "
                "often a loop runs (at most {most:,} times), as in {name}=1.",
                name=printable(name),
                kind=parts[name],
                most=most,
            )
    rest = {name: numbers for name, numbers in shapes.items() if name not in chosen}
    return Choices(parts, {name: numbers[0] for name, numbers in chosen.items()}), rest
