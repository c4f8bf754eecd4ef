"""Stored fits: they come back as they were, are bound to figures and method, and hold no program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from predictors.energy.boards.data import board_settings, bundled_system_rows
from predictors.energy.boards.fit import BOARDS_CLASSES, fit_system
from predictors.energy.fitting.transfer import LogInterval
from predictors.energy.phones.evidence import PHONES_CLASSES, fit_phones
from predictors.energy.stored import store as fits
from predictors.energy.stored.store import STRUCTURE, as_tables, from_tables
from predictors.energy.xavier_nx.predictor import NX_CLASSES, fit_nx

KEY = ("rpi4-tflite-v2.7.1-ruy", "fp32")


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(fits, "folder", lambda: tmp_path)
    yield tmp_path


def test_a_fit_comes_back_as_it_was() -> None:
    fit = fit_system(bundled_system_rows()[KEY], board_settings())
    again = from_tables(as_tables({KEY: fit}), BOARDS_CLASSES)[KEY]
    assert again.rows.networks == fit.rows.networks
    assert again.energy.spread == fit.energy.spread
    np.testing.assert_array_equal(again.energy.fit.coefficients, fit.energy.fit.coefficients)
    np.testing.assert_array_equal(again.rows.anchor, fit.rows.anchor)


def test_lower_triangles_are_stored_by_half_and_shared_arrays_once() -> None:
    lower = np.tril(np.arange(16.0).reshape(4, 4) + 1.0)
    tables = as_tables({"a": lower, "b": lower, "c": np.arange(3, dtype=np.int8)})
    assert len(tables["f8"]) == 10
    again = from_tables(tables, ())
    np.testing.assert_array_equal(again["a"], lower)
    np.testing.assert_array_equal(again["b"], lower)
    assert again["c"].dtype == np.int8


def test_only_named_classes_are_made() -> None:
    tables = as_tables(LogInterval(0.1, 0.2))
    assert from_tables(tables, (LogInterval,)) == LogInterval(0.1, 0.2)
    with pytest.raises(KeyError):
        from_tables(tables, ())
    assert bytes(tables[STRUCTURE]).startswith(b"{")


def test_what_is_no_plain_data_is_refused() -> None:
    with pytest.raises(TypeError, match="no table holds"):
        as_tables({"f": len})
    with pytest.raises(TypeError, match="no table holds"):
        as_tables(np.array([object()]))


def test_a_stored_fit_is_used_while_figures_and_method_are_the_same(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits.store("some", LogInterval(0.1, 0.2))
    assert fits.is_stored("some")
    assert fits.fitted("some", (LogInterval,), lambda: LogInterval(9.0, 9.0)) == LogInterval(0.1, 0.2)
    monkeypatch.setattr(fits, "stamp", lambda: "another")
    assert not fits.is_stored("some")
    assert fits.fitted("some", (LogInterval,), lambda: LogInterval(9.0, 9.0)) == LogInterval(9.0, 9.0)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04."])
def test_a_damaged_file_counts_as_missing(own_folder: Path, content: bytes) -> None:
    (own_folder / "some.npz").write_bytes(content)
    assert fits.fitted("some", (LogInterval,), lambda: LogInterval(9.0, 9.0)) == LogInterval(9.0, 9.0)


@pytest.mark.parametrize(
    ("fit", "classes"), [(fit_phones, PHONES_CLASSES), (fit_nx, NX_CLASSES)], ids=["phones", "xavier-nx"]
)
def test_what_a_family_stores_it_can_read(fit: Callable[[], Any], classes: tuple[type, ...]) -> None:
    # A class that is missing in the list is no error for whoever asks: the family is fitted again, slowly.
    assert as_tables(from_tables(as_tables(fit()), classes)).keys() == as_tables(fit()).keys()


def test_the_stamp_knows_the_figures_the_settings_and_the_code() -> None:
    names = {path.name for pattern in fits._METHOD_FILES for path in fits.PREDICTORS.glob(pattern)}
    assert {"p40_cpu.toml", "boards.toml", "joint_fit.py", "gaussian_process.py", "kernels.py"} <= names
