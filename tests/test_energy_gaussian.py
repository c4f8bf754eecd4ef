"""The Gaussian process against scikit-learn's, and its behaviour at and away from the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from predictors.energy.fitting.gaussian_process import (
    BLOCK_ROWS,
    GaussianSettings,
    LogGaussian,
    MaternTerm,
    covariance,
    fit_log_gaussian,
    lower_product,
    matern,
)

SETTINGS = GaussianSettings(
    features=("a", "b"),
    trend=("a",),
    terms=(MaternTerm(1.5, 2.5, (1.2, 0.7)), MaternTerm(0.2, 0.5, (0.4, 2.0))),
    noise_variance=0.03,
)


def sample(count: int = 30) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(3)
    features = generator.normal(size=(count, 2)) * [2.0, 0.5] + [1.0, -3.0]
    return features, 0.8 * features[:, 0] + np.sin(4 * features[:, 1]) + generator.normal(size=count) * 0.1


@pytest.mark.parametrize("nu", [0.5, 1.5, 2.5])
def test_matern_agrees_with_scikit_learn(nu: float) -> None:
    points = np.random.default_rng(0).normal(size=(12, 2))
    ours = covariance(points, points, (MaternTerm(1.7, nu, (0.9, 1.4)),))
    theirs = (ConstantKernel(1.7) * Matern([0.9, 1.4], nu=nu))(points)
    np.testing.assert_allclose(ours, theirs, atol=1e-7)


@pytest.mark.parametrize("rows", [1, BLOCK_ROWS, BLOCK_ROWS + 1, 3 * BLOCK_ROWS - 1])
def test_a_triangle_times_a_matrix_is_the_full_product(rows: int) -> None:
    random = np.random.default_rng(0)
    lower, other = np.tril(random.normal(size=(rows, rows))), random.normal(size=(rows, 5))
    assert lower_product(lower, other) == pytest.approx(lower @ other)


def test_other_smoothness_is_refused() -> None:
    with pytest.raises(ValueError, match=r"one of 0\.5, 1\.5, 2\.5"):
        matern(np.zeros((1, 1)), 2.0)


def fitted() -> LogGaussian:
    features, values = sample()
    return fit_log_gaussian(SETTINGS, features, values, np.full(30, 20.0))


def test_prediction_agrees_with_scikit_learn() -> None:
    """The trend is a product of variance 100; the quantity is so large that rounding is nothing."""
    features, values = sample()
    new = features[:5] + 0.1
    mean, joint = fitted().predict(new)
    centre, spread = features.mean(0), features.std(0)
    standard, new_standard = (features - centre) / spread, (new - centre) / spread

    def kernel(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        smooth = ConstantKernel(1.5) * Matern([1.2, 0.7], nu=2.5)
        rough = ConstantKernel(0.2) * Matern([0.4, 2.0], nu=0.5)
        trend = 100.0 * (1.0 + np.outer(left[:, 0], right[:, 0]))
        return smooth(left, right) + rough(left, right) + trend

    gram = kernel(standard, standard) + 0.03 * np.eye(30)
    cross = kernel(standard, new_standard)
    np.testing.assert_allclose(mean, cross.T @ np.linalg.solve(gram, values), atol=1e-6)
    expected = kernel(new_standard, new_standard) - cross.T @ np.linalg.solve(gram, cross)
    np.testing.assert_allclose(joint, expected, atol=1e-6)


def test_noise_grows_towards_small_figures_and_stops_at_two_steps() -> None:
    settings = replace(SETTINGS, noise_variance=1e-3, noise_per_unit=2e-4)
    noise = settings.noise(np.log([10.0, 0.1, 0.002, 0.0005]))
    rounding = (0.001 / np.sqrt(12.0) / np.array([10.0, 0.1, 0.002, 0.002])) ** 2
    assert noise == pytest.approx(1e-3 + 2e-4 / np.array([10.0, 0.1, 0.002, 0.002]) + rounding)


def test_spread_grows_away_from_the_data() -> None:
    features, _ = sample()
    process = fitted()
    near, far = process.predict(features[:1])[1][0, 0], process.predict(features[:1] + 500.0)[1][0, 0]
    assert near < 1.5 + 0.2 < far  # beyond the prior of the process, the trend is uncertain too


def test_far_from_the_data_the_trend_remains() -> None:
    features, _ = sample()
    process = fitted()
    start = features.mean(0) + np.array([1000.0, 0.0])
    steps = process.predict(np.array([start, start + np.array([10.0, 0.0])]))[0]
    assert (steps[1] - steps[0]) / 10.0 == pytest.approx(0.8, abs=0.1)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=6))
def test_joint_covariance_is_a_covariance(places: list[float]) -> None:
    process = fitted()
    _, joint = process.predict(np.array([[place, -3.0] for place in places]))
    np.testing.assert_allclose(joint, joint.T, atol=1e-9)
    assert np.linalg.eigvalsh(joint).min() > -1e-8


def test_nothing_to_predict_gives_nothing() -> None:
    mean, joint = fitted().predict(np.zeros((0, 2)))
    assert mean.shape == (0,)
    assert joint.shape == (0, 0)
