"""Bad inputs are refused by name: which file, line, column and value, under a stable code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from data.bundle_build.build import build
from data.errors import ChecksumError, CorrectionError, DataError, DictionaryError, FigureError, SourceError
from data.layout import Layout
from data_support import edit, refresh, small_root

MEASURED = "figures/application_measurements.csv"
FIRST_ROW = "oneplus-8-pro,DNN1,CPU1,4.7495,0.3209"


@pytest.fixture
def inputs(tmp_path: Path) -> Layout:
    return small_root(tmp_path)


def refusal(inputs: Layout, kind: type[DataError], *, checksums: bool = True) -> DataError:
    """The error that building from `inputs` ends with."""
    if checksums:
        refresh(inputs)
    with pytest.raises(kind) as caught:
        build(inputs.root / "out.duckdb", layout=inputs)
    assert not (inputs.root / "out.duckdb").exists()
    assert not list(inputs.root.glob(".out*")), "a temporary file was left behind"
    return caught.value


def test_unchanged_inputs_build(inputs: Layout) -> None:
    report = build(inputs.root / "out.duckdb", layout=inputs)
    assert report.rows["application_measurements"] == 280


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "code", "named"),
    [
        (FIRST_ROW, "oneplus-8-pro,DNN1,CPU1,4000,0.3209", "VALUE_OUT_OF_RANGE", "line 2: '4000'"),
        (FIRST_ROW, "oneplus-8-pro,DNN1,CPU1,-1,0.3209", "VALUE_OUT_OF_RANGE", "avg_power_w"),
        (FIRST_ROW, "oneplus-8-pro,DNN1,CPU1,4.7495,320.9", "VALUE_OUT_OF_RANGE", "printed in J"),
        (FIRST_ROW, 'oneplus-8-pro,DNN1,CPU1,"4,7495",0.3209', "NOT_A_NUMBER", "'4,7495'"),
        (FIRST_ROW, "oneplus-8-pro,DNN1,CPU1,4.7495 W,0.3209", "NOT_A_NUMBER", "'4.7495 W'"),
        (FIRST_ROW, "oneplus-8-pro,DNN1,CPU1,inf,0.3209", "NOT_A_NUMBER", "avg_power_w"),
        (FIRST_ROW, "oneplus-8-pro,DNN1,CPU1,nan,0.3209", "NOT_A_NUMBER", "avg_power_w"),
        (FIRST_ROW, "oneplus-8-pro,DNN1,DSP,4.7495,0.3209", "UNKNOWN_WORD", "'DSP'"),
        (FIRST_ROW, "oneplus-8-pro,,CPU1,4.7495,0.3209", "MISSING_VALUE", "dnn_id"),
        (FIRST_ROW, "oneplus-9,DNN1,CPU1,4.7495,0.3209", "UNKNOWN_DEVICE", "oneplus-9"),
        (FIRST_ROW, "oneplus-8-pro,DNN13,CPU1,4.7495,0.3209", "UNKNOWN_REFERENCE", "DNN13"),
        (FIRST_ROW, f"{FIRST_ROW}\n{FIRST_ROW}", "DUPLICATE_KEY", "oneplus-8-pro"),
        (FIRST_ROW, FIRST_ROW + ",7", "UNREADABLE_ROW", MEASURED),
        ("energy_per_inference_j", "energy_per_inference_mj", "WRONG_COLUMN", "energy_per_inference_mj"),
        ("delegate,avg_power_w", "delegate,delegate", "WRONG_COLUMN", "twice: delegate"),
        ("device_id,dnn_id", "\ufeffdevice_id,dnn_id", "WRONG_COLUMN", "missing: device_id"),
        ("device_id,dnn_id", "device_id;dnn_id", "WRONG_COLUMN", "device_id;dnn_id"),
    ],
)
def test_bad_figure(inputs: Layout, old: str, new: str, code: str, named: str) -> None:
    edit(inputs.root / MEASURED, old, new)
    error = refusal(inputs, FigureError)
    assert error.code == code
    assert named in error.message


def test_all_offenders_are_counted(inputs: Layout) -> None:
    path = inputs.root / MEASURED
    path.write_text(path.read_text(encoding="utf-8").replace(",NNAPI,", ",DSP,"), encoding="utf-8")
    inputs.corrections.write_text("", encoding="utf-8")
    error = refusal(inputs, FigureError)
    shown = error.message.count("'DSP'")
    assert shown == 3
    assert f"and {path.read_text(encoding='utf-8').count(',DSP,') - shown} more" in error.message


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "EMPTY_FILE"), ("device_id\nM\u00fcller".encode("latin-1"), "UNREADABLE_FILE")],
)
def test_file_that_is_no_table(inputs: Layout, content: bytes, code: str) -> None:
    (inputs.root / MEASURED).write_bytes(content)
    assert refusal(inputs, FigureError).code == code


def test_unknown_source_of_a_file(inputs: Layout) -> None:
    path = inputs.schema / "phones.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('source_id = "tu-2023-sec", meter', 'source_id = "nobody", meter'), "utf-8")
    error = refusal(inputs, SourceError)
    assert error.code == "UNKNOWN_SOURCE"
    assert "nobody" in error.message


def test_unknown_source_of_a_row(inputs: Layout) -> None:
    edit(inputs.root / "figures/devices.csv", "flagship,,tu-2023-sec\n2,", "flagship,,hearsay\n2,")
    error = refusal(inputs, SourceError)
    assert (error.code, "hearsay" in error.message) == ("UNKNOWN_SOURCE", True)


def _cut_unit(inputs: Layout) -> None:
    edit(
        inputs.schema / "vocabulary.toml",
        'label = "Mean power"\ntype = "DOUBLE"\nunit = "W"',
        'label = "Mean power"\ntype = "DOUBLE"',
    )


def _misspell_unit(inputs: Layout) -> None:
    edit(
        inputs.schema / "vocabulary.toml",
        'label = "Mean power"\ntype = "DOUBLE"\nunit = "W"',
        'label = "Mean power"\ntype = "DOUBLE"\nunit = "Wat"',
    )


def _use_undefined_column(inputs: Layout) -> None:
    edit(inputs.schema / "phones.toml", "model_size_mb = {}", "model_weight_kg = {}")


def _drop_factor(inputs: Layout) -> None:
    edit(inputs.schema / "phones.toml", 'published_unit = "J", factor = 1000', 'published_unit = "J"')


def _drop_meaning(inputs: Layout) -> None:
    edit(inputs.schema / "vocabulary.toml", 'meaning = "Mean power while the network runs"\n', "")


def _break_toml(inputs: Layout) -> None:
    edit(inputs.schema / "phones.toml", "[reference_dnns.columns]", "[reference_dnns.columns")


@pytest.mark.parametrize(
    ("tamper", "code", "named"),
    [
        (_cut_unit, "MISSING_UNIT", "avg_power_w"),
        (_misspell_unit, "UNKNOWN_UNIT", "Wat"),
        (_use_undefined_column, "UNKNOWN_COLUMN", "model_weight_kg"),
        (_drop_factor, "MISSING_FACTOR", "energy_mj"),
        (_drop_meaning, "MISSING_MEANING", "avg_power_w"),
        (_break_toml, "NOT_TOML", "phones.toml"),
    ],
)
def test_incomplete_dictionary(
    inputs: Layout, tamper: Callable[[Layout], None], code: str, named: str
) -> None:
    tamper(inputs)
    error = refusal(inputs, DictionaryError, checksums=False)
    assert error.code == code
    assert named in error.message


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('method = "External power monitor', 'how = "External power monitor', "INCOMPLETE_SOURCE"),
        (
            'licence_stated = false\nmeasured_in = "2023"\nnotes = "Empty',
            'measured_in = "2023"\nnotes = "Empty',
            "INCOMPLETE_SOURCE",
        ),
        ('venue = "WiOpt 2022"', 'journal = "WiOpt 2022"', "UNKNOWN_FIELD"),
        ('source_id = "platformx"', 'source_id = "tu-2023-sec"', "DUPLICATE_SOURCE"),
    ],
)
def test_incomplete_source(inputs: Layout, old: str, new: str, code: str) -> None:
    edit(inputs.sources, old, new)
    assert refusal(inputs, SourceError).code == code


def test_changed_figure_without_checksum(inputs: Layout) -> None:
    edit(inputs.root / MEASURED, "0.3209", "0.3210")
    error = refusal(inputs, ChecksumError, checksums=False)
    assert error.code == "CHECKSUM_MISMATCH"
    assert MEASURED in error.message
    assert "python -m data checksum" in error.message


def test_figure_without_recorded_checksum(inputs: Layout) -> None:
    lines = inputs.checksums.read_text(encoding="utf-8").splitlines(keepends=True)
    inputs.checksums.write_text("".join(line for line in lines if MEASURED not in line), encoding="utf-8")
    assert refusal(inputs, ChecksumError, checksums=False).code == "CHECKSUM_MISSING"


def test_missing_figure(inputs: Layout) -> None:
    (inputs.root / MEASURED).unlink()
    error = refusal(inputs, ChecksumError, checksums=False)
    assert (error.code, MEASURED in error.message) == ("FILE_MISSING", True)


@pytest.mark.parametrize(
    ("old", "new", "code", "named"),
    [
        ('printed = "0.0265"', 'printed = "0.2650"', "CORRECTION_VALUE_DIFFERS", "redmi-note8-dnn2-nnapi"),
        (
            'dnn_id = "DNN2", delegate = "NNAPI"',
            'dnn_id = "DNN2", delegate = "DSP"',
            "CORRECTION_WITHOUT_ROW",
            "redmi",
        ),
        ('dnn_id = "DNN11", delegate = "CPU4"', 'network = "DNN11"', "UNKNOWN_COLUMN", "p40-lite-dnn11-cpu4"),
        (
            'id = "dnn7-dnn8-sizes"\ntable = "reference_dnns"',
            'id = "dnn7-dnn8-sizes"\ntable = "dnns"',
            "UNKNOWN_TABLE",
            "dnns",
        ),
        ('id = "dnn7-dnn8-sizes"', 'id = "dnn6-nnapi-dear"', "DUPLICATE_ID", "dnn6-nnapi-dear"),
        (
            'action = "flag"\nprinted = "0.0265"',
            'action = "drop"\nprinted = "0.0265"',
            "UNKNOWN_ACTION",
            "redmi",
        ),
        (
            'action = "flag"\nprinted = "0.0265"',
            'action = "replace"\nprinted = "0.0265"',
            "INCOMPLETE_CORRECTION",
            "redmi",
        ),
        ('suggested = "0.265"', 'suggest = "0.265"', "UNKNOWN_FIELD", "suggest"),
    ],
)
def test_correction_that_does_not_match(inputs: Layout, old: str, new: str, code: str, named: str) -> None:
    edit(inputs.corrections, old, new)
    error = refusal(inputs, CorrectionError)
    assert error.code == code
    assert named in error.message


def test_correction_whose_figure_was_mended(inputs: Layout) -> None:
    edit(
        inputs.root / MEASURED,
        "xiaomi-redmi-note8,DNN2,NNAPI,2.9326,0.0265",
        "xiaomi-redmi-note8,DNN2,NNAPI,2.9326,0.265",
    )
    error = refusal(inputs, CorrectionError)
    assert error.code == "CORRECTION_VALUE_DIFFERS"
    assert "'0.265'" in error.message


def test_correction_whose_row_is_gone(inputs: Layout) -> None:
    edit(inputs.root / MEASURED, "xiaomi-redmi-note8,DNN2,NNAPI,2.9326,0.0265\n", "")
    assert refusal(inputs, CorrectionError).code == "CORRECTION_WITHOUT_ROW"


def test_a_refused_build_leaves_the_old_bundle_alone(inputs: Layout) -> None:
    out = inputs.root / "kept.duckdb"
    build(out, layout=inputs)
    before = out.read_bytes()
    edit(inputs.root / MEASURED, "4.7495", "4000")
    refresh(inputs)
    with pytest.raises(FigureError):
        build(out, layout=inputs)
    assert out.read_bytes() == before
