"""The Gaussian process against scikit-learn's, and its behaviour at and away from the data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from predictors.energy.fitting.gaussian_process import (
    GaussianSettings,
    LogGaussian,
    MaternTerm,
    covariance,
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


def test_other_smoothness_is_refused() -> None:
    with pytest.raises(ValueError, match=r"one of 0\.5, 1\.5, 2\.5"):
        matern(np.zeros((1, 1)), 2.0)


def test_prediction_agrees_with_scikit_learn() -> None:
    features, values = sample()
    ours = LogGaussian(SETTINGS, features, values, np.full(30, 0.01))
    new = features[:5] + 0.1
    mean, joint = ours.predict(new)
    centre, spread = features.mean(0), features.std(0)
    standard, new_standard = (features - centre) / spread, (new - centre) / spread
    design = np.column_stack([np.ones(30), standard[:, 0]])
    weights = np.linalg.solve(design.T @ design + np.diag([0.0, 1e-3]), design.T @ values)
    kernel = (
        ConstantKernel(1.5) * Matern([1.2, 0.7], nu=2.5)
        + ConstantKernel(0.2) * Matern([0.4, 2.0], nu=0.5)
        + WhiteKernel(0.03)
    )
    process = GaussianProcessRegressor(kernel, alpha=0.01, optimizer=None)
    process.fit(standard, values - design @ weights)
    expected, expected_cov = process.predict(new_standard, return_cov=True)
    trend = np.column_stack([np.ones(5), new_standard[:, 0]]) @ weights
    np.testing.assert_allclose(mean, expected + trend, atol=1e-7)
    np.testing.assert_allclose(joint, expected_cov, atol=1e-7)


def test_spread_grows_away_from_the_data_up_to_the_prior() -> None:
    features, values = sample()
    process = LogGaussian(SETTINGS, features, values, np.zeros(30))
    near, far = process.predict(features[:1])[1][0, 0], process.predict(features[:1] + 500.0)[1][0, 0]
    assert near < far
    assert far == pytest.approx(1.5 + 0.2 + 0.03)


def test_far_from_the_data_the_trend_remains() -> None:
    features, values = sample()
    process = LogGaussian(SETTINGS, features, values, np.zeros(30))
    start = features.mean(0) + np.array([1000.0, 0.0])
    steps = process.predict(np.array([start, start + np.array([10.0, 0.0])]))[0]
    assert (steps[1] - steps[0]) / 10.0 == pytest.approx(0.8, abs=0.1)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=6))
def test_joint_covariance_is_a_covariance(places: list[float]) -> None:
    features, values = sample()
    process = LogGaussian(SETTINGS, features, values, np.zeros(30))
    _, joint = process.predict(np.array([[place, -3.0] for place in places]))
    np.testing.assert_allclose(joint, joint.T, atol=1e-9)
    assert np.linalg.eigvalsh(joint).min() > -1e-8


def test_nothing_to_predict_gives_nothing() -> None:
    features, values = sample()
    mean, joint = LogGaussian(SETTINGS, features, values, np.zeros(30)).predict(np.zeros((0, 2)))
    assert mean.shape == (0,)
    assert joint.shape == (0, 0)
