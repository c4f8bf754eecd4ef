"""The rule behind "uses less", "uses more" and "cannot be told apart"."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from scoring import ScoringError
from scoring.verdict import Z_80, Cell, Noise, Verdict, compare_cells, compare_values, log_sd

QUIET = Noise(0.0)
values = some.floats(0.01, 1e5)
cells = some.dictionaries(
    some.tuples(
        some.sampled_from(["DNN1", "DNN2", "DNN3", "DNN4"]), some.sampled_from(["cpu", "gpu", "nnapi"])
    ),
    values,
    max_size=12,
)
noises = some.builds(Noise, some.floats(0, 0.5), some.floats(0, 0.5))


def grid(energies: list[float]) -> dict[Cell, float]:
    return {(f"DNN{place}", "cpu"): energy for place, energy in enumerate(energies)}


def test_values_are_told_apart_when_the_interval_of_their_ratio_leaves_out_1() -> None:
    half = Z_80 * math.hypot(0.03, 0.04)  # 0.0641
    told = compare_values(math.exp(-half - 0.001), 1.0, (0.03, 0.04))
    assert told.verdict is Verdict.LOWER
    assert told.high == pytest.approx(math.exp(-0.001))
    assert compare_values(math.exp(-half + 0.001), 1.0, (0.03, 0.04)).verdict is Verdict.ALIKE
    assert compare_values(math.exp(half + 0.001), 1.0, (0.03, 0.04)).verdict is Verdict.HIGHER


def test_shared_errors_cancel_in_a_ratio() -> None:
    apart, alike = compare_values(1.05, 1.0, (0.1, 0.1), 1.0), compare_values(1.05, 1.0, (0.1, 0.1), 0.0)
    assert (apart.low, apart.high) == pytest.approx((1.05, 1.05))
    assert apart.verdict is Verdict.HIGHER
    assert alike.verdict is Verdict.ALIKE
    half = compare_values(1.0, 1.0, (0.1, 0.1), 0.5)
    assert math.log(half.high) == pytest.approx(Z_80 * 0.1)


def test_the_ratio_of_devices_is_the_geometric_mean_over_common_cells() -> None:
    first, second = grid([10.0, 40.0, 5.0]), grid([20.0, 20.0])
    found = compare_cells(first, second, (QUIET, QUIET))
    assert found is not None
    assert found.ratio == pytest.approx(1.0)  # sqrt(1/2 * 2)
    assert (found.cells, found.groups) == (2, 2)
    assert found.verdict is Verdict.ALIKE


def test_the_same_ratio_everywhere_is_certain_but_for_the_noise_of_measuring() -> None:
    first, second = grid([9.0, 90.0, 900.0]), grid([10.0, 100.0, 1000.0])
    sure = compare_cells(first, second, (QUIET, QUIET))
    assert sure is not None
    assert (sure.low, sure.high) == pytest.approx((0.9, 0.9))
    assert sure.verdict is Verdict.LOWER
    shaky = compare_cells(first, second, (Noise(0.0, 0.06), Noise(0.0, 0.08)))
    assert shaky is not None
    assert math.log(shaky.high / shaky.ratio) == pytest.approx(Z_80 * 0.1)
    assert shaky.verdict is Verdict.ALIKE


def test_a_single_cell_has_its_own_noise() -> None:
    found = compare_cells(grid([9.0]), grid([10.0]), (Noise(0.03), Noise(0.04)))
    assert found is not None
    assert math.log(found.high / found.low) == pytest.approx(2 * Z_80 * 0.05)


def test_delegates_of_one_network_count_as_one_draw() -> None:
    # Ten cells of one network and one of another: the interval has to span both networks' ratios.
    first = {("DNN1", str(place)): 1.0 for place in range(10)} | {("DNN2", "cpu"): 2.0}
    second = dict.fromkeys(first, 1.0)
    grouped = compare_cells(first, second, (QUIET, QUIET))
    single = compare_cells(first, second, (QUIET, QUIET), group_of=lambda cell: cell)
    assert grouped is not None and single is not None
    assert grouped.groups == 2
    assert grouped.high == pytest.approx(2.0)
    assert single.high < 1.2


def test_nothing_in_common_is_no_comparison() -> None:
    assert compare_cells({("DNN1", "cpu"): 1.0}, {("DNN1", "gpu"): 1.0}, (QUIET, QUIET)) is None


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_what_is_not_above_0_is_refused(value: float) -> None:
    with pytest.raises(ScoringError) as caught:
        compare_values(value, 1.0, (0.1, 0.1))
    assert caught.value.code == "INVALID_VALUE"
    with pytest.raises(ScoringError):
        compare_cells(grid([value]), grid([1.0]), (QUIET, QUIET))


@pytest.mark.parametrize("ends", [(0.0, 1.0), (2.0, 1.0), (1.0, math.inf), (math.nan, 1.0)])
def test_an_interval_that_is_none_is_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(ScoringError):
        log_sd(*ends)


@given(values, some.floats(0.0, 2.0))
def test_an_interval_gives_back_its_spread(centre: float, spread: float) -> None:
    ends = centre * math.exp(-Z_80 * spread), centre * math.exp(Z_80 * spread)
    assert log_sd(*ends) == pytest.approx(spread, abs=1e-9)


@given(values, values, some.tuples(some.floats(0, 1), some.floats(0, 1)), some.floats(-1, 1))
def test_swapping_two_values_turns_the_verdict_round(
    first: float, second: float, sds: tuple[float, float], shared: float
) -> None:
    there = compare_values(first, second, sds, shared)
    back = compare_values(second, first, (sds[1], sds[0]), shared)
    assert back.verdict is there.verdict.turned
    assert back.ratio == pytest.approx(1 / there.ratio)


@given(cells, cells, noises, noises)
def test_swapping_two_devices_turns_the_verdict_round(
    first: dict[Cell, float], second: dict[Cell, float], one: Noise, other: Noise
) -> None:
    there, back = compare_cells(first, second, (one, other)), compare_cells(second, first, (other, one))
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert back.verdict is there.verdict.turned
        assert back.low == pytest.approx(1 / there.high)
        assert there.low <= there.ratio <= there.high


@given(cells, cells, some.randoms(use_true_random=False))
def test_the_order_of_the_cells_does_not_matter(
    first: dict[Cell, float], second: dict[Cell, float], random: object
) -> None:
    items = list(first.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    noise = (Noise(0.1, 0.1), Noise(0.1, 0.1))
    assert compare_cells(dict(items), second, noise) == compare_cells(first, second, noise)


@given(cells, noises)
def test_a_device_cannot_be_told_from_itself(own: dict[Cell, float], noise: Noise) -> None:
    found = compare_cells(own, own, (noise, noise))
    assert found is None or found.verdict is Verdict.ALIKE
