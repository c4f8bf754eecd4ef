"""Fields for what a file leaves open: sizes, the branch of an If, the steps of a loop, unusual shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import streamlit as st

from app.i18n.formats import count, literal
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn
from app.models.upload import OpenDimension, Upload, open_dimensions, parse_shapes, shapes_for
from app.ui.boundary import show_error, worded
from data.errors import JouleLensError
from predictors.errors import printable
from predictors.model.graph import Shape
from predictors.model.open_choices import OpenChoice, open_choices

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

FIELDS_SHOWN: Final = 8  # fields at once; the others wait in a fold
SHAPES: Final = mark("Shapes of the inputs")
"""Name of the field for shapes as text."""
MOST_STEPS: Final = 10_000
"""More than networks run, and few enough that a slip of a digit is told at once."""
THEN: Final = "then_branch"
BRANCHES: Final = {"": mark("the dearer one"), THEN: mark("then"), "else_branch": mark("else")}


def ask_for_shapes(upload: Upload) -> Mapping[str, Shape] | None:
    """Show the fields and return the shapes that they hold now, choices of branches and steps among them.

    None if there are no fields or they make no sense (yet).
    """
    dimensions = open_dimensions(upload.first) if upload.first is not None else ()
    choices = _choices(upload)
    if not (dimensions or choices or upload.asked or upload.shapes):
        return None
    try:
        shapes = _asked_shapes(upload)
    except JouleLensError as error:
        show_error(*worded(error))
        return None
    if shapes is None:
        return None
    if upload.first is not None and dimensions:
        shapes |= shapes_for(upload.first, _dimension_fields(upload, dimensions))
    return shapes | _choice_fields(upload, choices)


def _choices(upload: Upload) -> tuple[OpenChoice, ...]:
    """Choices of the first reading and those that came since: a chosen branch may hold a loop."""
    graphs = [graph for graph in (upload.first, upload.graph) if graph is not None]
    every = [choice for graph in graphs for choice in open_choices(graph)]
    return tuple({choice.name: choice for choice in reversed(every)}.values())[::-1]


def _pairs() -> Iterator[DeltaGenerator]:
    """Places for fields, two in a row; a row of its own for each pair, so that every reader has one order."""
    while True:
        yield from st.columns(2, gap="small", vertical_alignment="bottom")


def _dimension_fields(upload: Upload, dimensions: Sequence[OpenDimension]) -> dict[OpenDimension, int]:
    st.caption(t("The file leaves these sizes open. Filled in as stated; change them to estimate again."))
    values: dict[OpenDimension, int] = {}
    for place, (dimension, column) in enumerate(zip(dimensions[:FIELDS_SHOWN], _pairs(), strict=False)):
        values[dimension] = int(
            column.number_input(
                literal(dimension.label),
                min_value=min(dimension.value, 1),
                max_value=2**31 - 1,
                value=dimension.value,
                step=1,
                key=f"dimension_{upload.sha256[:16]}_{place}",
                help=_why_so(dimension),
            )
        )
    if len(dimensions) > FIELDS_SHOWN:
        more = len(dimensions) - FIELDS_SHOWN
        st.caption(tn("{n} more keeps its default.", "{n} more keep their default.", more))
    return values


def _why_so(dimension: OpenDimension) -> str | None:
    if not dimension.reason:
        return None
    reason, value = tell(dimension.reason), count(dimension.value)
    return t("Taken for: {reason}. Used at first: {value}.", reason=reason, value=value)


def _choice_fields(upload: Upload, choices: Sequence[OpenChoice]) -> dict[str, Shape]:
    """Choices of branches and loops as the model reader takes them: name -> one number."""
    if not choices:
        return {}
    st.caption(t("Which branch runs, and how often a loop does, is known only while the network runs."))
    found: dict[str, Shape] = {}
    for choice, column in zip(choices[:FIELDS_SHOWN], _pairs(), strict=False):
        value = _branch(upload, choice, column) if choice.is_branch else _steps(upload, choice, column)
        if value is not None:
            found[choice.name] = (value,)
    if len(choices) > FIELDS_SHOWN:
        more = len(choices) - FIELDS_SHOWN
        st.caption(tn("{n} more keeps its default.", "{n} more keep their default.", more))
    return found


def _branch(upload: Upload, choice: OpenChoice, column: DeltaGenerator) -> int | None:
    chosen = column.selectbox(
        t("Branch of {name}", name=literal(printable(choice.name, 24))),
        list(BRANCHES),
        format_func=lambda each: t(BRANCHES[each]),
        key=f"choice_{upload.sha256[:16]}_{choice.name}",
        help=t("Which of its two branches is counted. The dearer one where you do not say."),
    )
    return int(chosen == THEN) if chosen else None


def _steps(upload: Upload, choice: OpenChoice, column: DeltaGenerator) -> int | None:
    value = column.number_input(
        t("Steps of {name}", name=literal(printable(choice.name, 24))),
        min_value=1,
        max_value=min(int(choice.taken), MOST_STEPS) if choice.taken else MOST_STEPS,
        value=None,
        step=1,
        placeholder=t("at most {most}", most=choice.taken) if choice.taken else t("not in the file"),
        key=f"choice_{upload.sha256[:16]}_{choice.name}",
        help=t("How often the loop runs its body. A loop whose steps nobody knows has no figure."),
    )
    return None if value is None else int(value)


def _asked_shapes(upload: Upload) -> dict[str, Shape] | None:
    """The shapes of inputs for which no default fits; None until all their fields are filled.

    Raises InputError for text that is no shape.
    """
    shapes: dict[str, Shape] = {}
    complete = True
    for name, form in upload.asked:
        shape = _shape_fields(upload, name, form) if form else None
        if shape is not None:
            shapes[name] = shape
        complete = complete and (shape is not None or not form)
    if any(not form for _, form in upload.asked):
        shapes |= _shape_text(upload)
    return shapes if complete else None


def _shape_fields(upload: Upload, name: str, form: str) -> Shape | None:
    """One number for each size that an input leaves open; None until all are there."""
    extents = form.split(",")
    shown = t("Input {name} is {form}. Its open sizes:", name=printable(name, 24), form=" × ".join(extents))
    st.caption(literal(shown))
    values: list[int | None] = [None if extent == "?" else int(extent) for extent in extents]
    open_axes = [axis for axis, extent in enumerate(values) if extent is None]
    for axis, column in zip(open_axes, _pairs(), strict=False):
        value = column.number_input(
            literal(t("{name}, dimension {position}", name=printable(name, 24), position=axis + 1)),
            min_value=1,
            max_value=2**31 - 1,
            value=None,
            step=1,
            placeholder="1" if axis == 0 else "128",
            key=f"asked_{upload.sha256[:16]}_{name}_{axis}",
            help=t("The file leaves this size open, and no usual one fits."),
        )
        values[axis] = None if value is None else int(value)
    filled = [value for value in values if value is not None]
    return tuple(filled) if len(filled) == len(values) else None


def _shape_text(upload: Upload) -> dict[str, Shape]:
    """Shapes as text, for inputs whose number of dimensions is not even known."""
    text = st.text_input(
        t(SHAPES),
        key=f"shapes_{upload.sha256[:16]}",
        placeholder="input=1,3,224,224",
        help=t("Name of the input, equals sign, its numbers. Several inputs are separated by spaces."),
    )
    return parse_shapes(text or "")
