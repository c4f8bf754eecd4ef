"""What if: the same model with another image size, batch, width or precision, or on another delegate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from app.i18n.formats import count, literal, with_signs
from app.i18n.texts import t
from app.models.model import Model, made_once, sample_model, uploaded_model
from app.models.targets import delegate_labels, precisions_of, target_named
from app.models.upload import OpenDimension, Upload, open_dimensions, shapes_for, with_shapes
from app.ui.attend import attending
from app.url_state import widgets
from app.url_state.number_fields import side_field, whole_field, width_field
from data.errors import WorkError
from predictors.results.targets import Target

KEYS: Final = ("if_side", "if_batch", "if_width", "if_precision", "if_delegate")
DIMENSION_KEY: Final = "if_dimension_"
BOX: Final = "what-if"
AS_CHOSEN: Final = "as-chosen"
"""The choice of what is chosen in the case above already."""


@dataclass(frozen=True, slots=True)
class Base:
    """The case that is really asked for: a sample with its image side, or an upload; and the target."""

    upload: Upload | None
    sample_id: str
    side: int | None
    choice: Target


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different in the hypothetical case: what, from what, to what, and the case with
    nothing but this change."""

    what: str
    before: str
    after: str
    case: Case


@dataclass(frozen=True, slots=True)
class Case:
    """A model as it would be, and for what it would be estimated. `sizes` are those of an upload's inputs."""

    base: Base
    choice: Target
    side: int | None = None
    batch: int = 1
    width: float = 1.0
    sizes: tuple[tuple[OpenDimension, int], ...] = ()

    @property
    def is_base(self) -> bool:
        """Whether nothing is different."""
        return self == Case(self.base, self.base.choice, self.base.side)

    def model(self) -> Model:
        """The network of this case. Raises ModelError, InputError where it cannot be."""
        if self.base.upload is None:
            return sample_model(self.base.sample_id, self.side, self.batch, self.width)
        if not self.sizes or self.base.upload.first is None:
            return uploaded_model(self.base.upload)
        upload, shapes = self.base.upload, self._shapes(self.base.upload)
        key = ("what-if", upload.sha256, tuple(sorted(shapes.items())))
        return uploaded_model(made_once(key, lambda: _read_again(upload, shapes)))

    def _shapes(self, upload: Upload) -> dict[str, tuple[int, ...]]:
        """The shapes the reader gave, with the hypothetical sizes in them."""
        assert upload.first is not None  # noqa: S101 - told by `model`
        changed = shapes_for(upload.first, dict(self.sizes))
        shown = upload.graph or upload.first
        merged = dict(upload.shapes)
        for name, shape in changed.items():
            given = {
                axis: value for dimension, value in self.sizes for at, axis in dimension.places if at == name
            }
            kept = merged.get(name) or shown.shape(name) or shape
            merged[name] = tuple(given.get(axis, extent) for axis, extent in enumerate(kept))
        return merged


def _read_again(upload: Upload, shapes: Mapping[str, tuple[int, ...]]) -> Upload:
    with attending(t("Reading the model with these shapes …")) as attend:
        again = with_shapes(upload, shapes, attend)
    if again.failure is not None and again.is_put_off:
        raise WorkError(*again.failure)  # an error is not kept
    return again


def ask_what_if(base: Base) -> Case:
    """Show the fields of the hypothetical case and return it; the base case where nothing was entered.

    The fields are made once the box is open: those that hold something keep it open.
    """
    entered = _anything_entered()
    title = t("What if …")
    box = st.expander(title, icon=":material/science:", expanded=entered, key=BOX, on_change="rerun")
    case = Case(base, base.choice, base.side)
    if not box.open and not entered:
        return case
    with box:
        st.caption(t("Change one thing or several; the answer shows the difference to the case above."))
        case = _sample_fields(case) if base.upload is None else _upload_fields(case, base.upload)
        return _target_fields(case)


def _anything_entered() -> bool:
    """Whether a field holds something, so that an address with one opens the box."""
    state = st.session_state
    asked = any(key in st.query_params for key in KEYS)
    entered = any(state.get(key) not in {None, AS_CHOSEN} for key in KEYS)
    return asked or entered or any(str(key).startswith(DIMENSION_KEY) and state[key] for key in state)


def _sample_fields(case: Case) -> Case:
    from predictors.samples import sample

    chosen = sample(case.base.sample_id)
    left, middle, right = st.columns(3, gap="small", vertical_alignment="bottom")
    usual = case.base.side or chosen.input_hw
    fixed = not chosen.has_side
    side = side_field(left, t("Image side"), key="if_side", placeholder=_pixels(usual), disabled=fixed)
    batch = whole_field(middle, t("Batch"), key="if_batch", placeholder="1", most=256, disabled=fixed)
    width = width_field(
        right,
        t("Width"),
        key="if_width",
        disabled=not chosen.has_width,
        help=t("Multiplies the channels of every layer.")
        if chosen.has_width
        else t("This network defines no width multiplier."),
    )
    return replace(
        case,
        side=case.side if side in {None, usual} or fixed else side,
        batch=1 if fixed else batch or 1,
        width=width if width and chosen.has_width else 1.0,
    )


def _upload_fields(case: Case, upload: Upload) -> Case:
    dimensions = open_dimensions(upload.first) if upload.first is not None else ()
    if not dimensions:
        st.caption(t("This file fixes its input sizes, so only precision and delegate can be tried."))
        return case
    sizes = []
    for place, dimension in enumerate(dimensions[:4]):
        value = st.number_input(
            literal(dimension.label),
            min_value=1,
            max_value=2**31 - 1,
            value=None,
            step=1,
            key=f"{DIMENSION_KEY}{upload.sha256[:16]}_{place}",
            placeholder=count(_size_now(upload, dimension)),
        )
        if value is not None and int(value) != _size_now(upload, dimension):
            sizes.append((dimension, int(value)))
    return replace(case, sizes=tuple(sizes))


def _size_now(upload: Upload, dimension: OpenDimension) -> int:
    name, axis = dimension.places[0]
    shape = upload.graph.shape(name) if upload.graph is not None else None
    return shape[axis] if shape is not None and axis < len(shape) else dimension.value


def _target_fields(case: Case) -> Case:
    device_id, delegate, precision = case.choice.device_id, case.choice.delegate, case.choice.precision
    left, right = st.columns([5, 3], gap="small")
    delegates = {each: name for each, name in delegate_labels(device_id).items() if each != delegate}
    with left:
        other = _other(t("Delegate"), "if_delegate", delegates)
    delegate = other or delegate
    offered = precisions_of(device_id, delegate)
    precisions = {each: each for each in offered if each != precision}
    with right:
        wished = _other(t("Precision"), "if_precision", precisions)
    if not wished and precision not in offered:
        wished = offered[0]
    return replace(case, choice=target_named(device_id, delegate, wished or precision))


def _other(label: str, key: str, options: Mapping[str, str]) -> str:
    """Let something else be chosen; "" for what is chosen already."""
    names = {AS_CHOSEN: t("as chosen"), **options}
    chosen = widgets.selectbox(label, names, key, disabled=not options)
    return "" if chosen == AS_CHOSEN else chosen


def reset() -> None:
    """Empty every field of the hypothetical case (a callback)."""
    for key in [str(key) for key in st.session_state]:
        if key in {"if_precision", "if_delegate"}:
            st.session_state[key] = AS_CHOSEN
        elif key in KEYS or key.startswith(DIMENSION_KEY):
            st.session_state[key] = None


def changes(case: Case) -> tuple[Change, ...]:
    """Return everything that is different in a case, each with the case of this change alone."""
    base, found = Case(case.base, case.base.choice, case.base.side), []
    if case.side != base.side:
        found.append(Change(t("Image side"), _side(base), _side(case), replace(base, side=case.side)))
    if case.batch != 1:
        found.append(Change(t("Batch"), "1", count(case.batch), replace(base, batch=case.batch)))
    if case.width != 1.0:
        width = with_signs(f"{case.width:g}")
        found.append(Change(t("Width"), "1", width, replace(base, width=case.width)))
    for dimension, value in case.sizes:
        upload = case.base.upload
        before = "" if upload is None else count(_size_now(upload, dimension))
        alone = replace(base, sizes=((dimension, value),))
        found.append(Change(dimension.label, before, count(value), alone))
    found += _target_changes(case, base)
    return tuple(found)


def _target_changes(case: Case, base: Case) -> list[Change]:
    was, now = base.choice, case.choice
    found = []
    if now.delegate != was.delegate:
        names = delegate_labels(now.device_id)
        offered = precisions_of(now.device_id, now.delegate)
        precision = was.precision if was.precision in offered else now.precision
        alone = replace(base, choice=target_named(now.device_id, now.delegate, precision))
        found.append(Change(t("Delegate"), names[was.delegate], names[now.delegate], alone))
    if now.precision != was.precision:
        kept = was.delegate if now.precision in precisions_of(was.device_id, was.delegate) else now.delegate
        alone = replace(base, choice=target_named(now.device_id, kept, now.precision))
        found.append(Change(t("Precision"), was.precision, now.precision, alone))
    return found


def _side(case: Case) -> str:
    from predictors.samples import sample

    return _pixels(case.side or sample(case.base.sample_id).input_hw)


def _pixels(side: int) -> str:
    return t("{side} px", side=side) if side else t("no image")
