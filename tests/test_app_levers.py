"""Levers: each step on the one before, the interval carried along, cheaper layers in proportion, refusals."""

from __future__ import annotations

import pytest

from app.estimate.levers import Levers, pull, together
from app.estimate.what_if import Base, Case
from app.models.model import report_for, sample_model
from app.models.targets import target_named
from estimate_support import chart, opened, texts, values
from predictors.research.advice import advise, lightened
from predictors.results.estimates import Estimate

CHOICE = target_named("huawei-p40-pro", "cpu", "fp32")


def case() -> Case:
    return Case(Base(None, "mobilenet-v2", None, CHOICE), CHOICE)


def estimate_of(side: int | None = None, width: float = 1.0, precision: str = "fp32") -> Estimate:
    model = sample_model("mobilenet-v2", side, width=width)
    return report_for(model, target_named(CHOICE.device_id, CHOICE.delegate, precision)).estimates[0]


def test_each_lever_is_pulled_on_what_the_one_before_left() -> None:
    base = estimate_of()
    steps = pull(case(), base, Levers(precision="int8", side=160, width=0.5))
    assert [step.lever for step in steps] == ["precision", "side", "width"]
    by_hand = [
        estimate_of(precision="int8"),
        estimate_of(160, precision="int8"),
        estimate_of(160, 0.5, "int8"),
    ]
    assert [step.after.energy_mj for step in steps if step.after] == [each.energy_mj for each in by_hand]
    changes = [step.change for step in steps if step.change]
    _, last, change = together(base, steps)
    assert sum(each.value for each in changes) == pytest.approx(last.energy_mj - base.energy_mj)
    assert change.value == pytest.approx(last.energy_mj - base.energy_mj)
    assert all(each.low < each.value < each.high for each in (*changes, change))


def test_cheaper_layers_move_the_application_with_its_kernels() -> None:
    base = estimate_of()
    made = lightened(base, advise(base))
    ratio = made.kernel_sum.energy_mj / base.kernel_sum.energy_mj
    assert ratio < 1.0
    assert made.scope is base.scope
    assert made.energy_mj == pytest.approx(base.energy_mj * ratio)
    assert made.energy_mj_high == pytest.approx(base.energy_mj_high * ratio)
    assert sum(part.energy_mj for part in made.kernels) == pytest.approx(made.kernel_sum.energy_mj)
    [step] = pull(case(), base, Levers(layers=True))
    assert step.change is not None
    assert step.change.value == pytest.approx(made.energy_mj - base.energy_mj)


def test_no_replacement_leaves_the_estimate_as_it_is() -> None:
    base = estimate_of()
    assert lightened(base, ()) is base


def test_a_lever_without_a_figure_is_left_out_and_says_why() -> None:
    base = estimate_of()
    steps = pull(case(), base, Levers(delegate="gpu", precision="int8"))
    assert steps[0].after is not None
    assert steps[1].failure is not None
    assert steps[1].failure.code == "EVIDENCE_TOO_THIN"
    first, last, change = together(base, steps)
    assert first.scope is last.scope, "what is compared has one scope"
    assert change.value == pytest.approx(last.energy_mj - first.energy_mj)
    assert steps[0].after.kernel_sum.energy_mj == last.kernel_sum.energy_mj


def test_the_page_shows_the_waterfall_with_a_warning_for_each_lever() -> None:
    app = opened(view="levers", lever_side="160")
    assert not app.exception
    bars, ends, *_ = chart(app)["data"]
    base, last = estimate_of(), estimate_of(160, precision="int8")
    heights = values(bars["y"])
    assert (heights[0], heights[-1]) == pytest.approx((base.energy_mj, last.energy_mj))
    assert values(ends["y"])[-2] == pytest.approx(last.energy_mj)
    shown = texts(app)
    assert "check the accuracy on data of your own" in shown
    assert "Smaller images lose small things" in shown
    assert app.selectbox(key="lever_precision").value == "int8"


def test_without_a_lever_nothing_is_drawn() -> None:
    app = opened(view="levers", lever_precision="-")
    assert not app.get("plotly_chart")
    assert "Pull a lever" in app.info[0].value
