"""The published ranges of model families, met by variants drawn here, and how much of that is chance."""

from __future__ import annotations

import pytest

from bench.families import FamilyRange, draws, family_ranges, published_ends


@pytest.fixture(scope="module")
def mobilenet_v1() -> FamilyRange:
    (found,) = family_ranges("mobilenet-v1", 12, delegates=("cpu",))
    return found


@pytest.mark.slow
def test_the_range_of_mobilenet_v1_is_met_at_both_ends(mobilenet_v1: FamilyRange) -> None:
    """Published: 53.59 to 136.79 mJ (DeepEn2023, 50 variants). Seed 12 is a draw that lies as theirs does."""
    assert mobilenet_v1.variants == 50
    assert mobilenet_v1.min_energy_mj == pytest.approx(53.59, rel=0.05)
    assert mobilenet_v1.max_energy_mj == pytest.approx(136.79, rel=0.05)


def test_ends_are_compared_with_the_published_ones(mobilenet_v1: FamilyRange) -> None:
    assert mobilenet_v1.published_min_energy_mj == 53.59
    assert mobilenet_v1.published_max_energy_mj == 136.79
    assert mobilenet_v1.min_off_percent == pytest.approx(100.0 * (mobilenet_v1.min_energy_mj / 53.59 - 1.0))
    assert mobilenet_v1.max_off_percent == pytest.approx(100.0 * (mobilenet_v1.max_energy_mj / 136.79 - 1.0))


def test_a_range_that_is_not_printed_stays_empty() -> None:
    assert ("ShuffleNetV2", "gpu") not in published_ends()
    (found,) = family_ranges("shufflenet-v2", 0, delegates=("gpu",), count=2)
    assert found.published_min_energy_mj is None
    assert found.max_off_percent is None
    assert 0.0 < found.min_energy_mj < found.max_energy_mj


def test_more_variants_only_widen_a_draw() -> None:
    """The first variants of a seed do not depend on how many are drawn."""
    few, more = (family_ranges("alexnet", 3, delegates=("cpu",), count=count)[0] for count in (3, 8))
    assert more.min_energy_mj <= few.min_energy_mj <= few.max_energy_mj <= more.max_energy_mj


@pytest.mark.long
def test_the_published_ends_lie_among_those_of_other_draws(mobilenet_v1: FamilyRange) -> None:
    """An end is one network of fifty: over a few draws ours fall on both sides of the published upper end."""
    others = draws("mobilenet-v1", (0, 2))
    lower, upper = ([getattr(one, f"{end}_energy_mj") for one in others] for end in ("min", "max"))
    assert min(upper) < 136.79 < max(upper)
    assert min(lower) < 53.59 < mobilenet_v1.min_energy_mj
