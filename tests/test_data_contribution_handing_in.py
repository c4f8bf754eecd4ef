"""A contribution as a file to hand in, and the check on the command line."""

from __future__ import annotations

import io
import json
import tomllib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.__main__ import main
from data.bundle_build.sources import load_sources
from data.contribution.check import check_csv
from data.contribution.hand_in import SourceRecord, contribution_zip, problems, source_toml
from data.contribution.schema import LEVELS, schema, template
from data.errors import ContributionError
from data.layout import ROOT, Layout

RECORD = SourceRecord(
    "Kernels of my phone",
    "A. Nonym",
    "Power monitor at the battery, 5 kHz",
    "https://example.org/k",
    "CC BY 4.0",
)
CHECKED = check_csv(template("kernel").encode(), "kernel")


def opened(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_zip_holds_figures_that_pass_and_a_record_the_build_understands(tmp_path: Path) -> None:
    files = opened(contribution_zip(RECORD, CHECKED))
    assert set(files) == {"figures/kernels-of-my-phone-kernel.csv", "source.toml", "README.txt"}
    again = check_csv(files["figures/kernels-of-my-phone-kernel.csv"].encode(), "kernel")
    assert again.rows == CHECKED.rows
    (tmp_path / "sources.toml").write_text(files["source.toml"], encoding="utf-8")
    source = load_sources(Layout(tmp_path))["kernels-of-my-phone"]
    assert (source.source_title, source.authors, source.url) == (RECORD.title, RECORD.authors, RECORD.url)
    assert source.licence_stated
    assert (source.meter_scope, source.idle_included) == ("whole-phone", True)


def test_equal_contributions_are_equal_files() -> None:
    assert contribution_zip(RECORD, CHECKED) == contribution_zip(RECORD, CHECKED)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(str.strip))
def test_any_text_survives_the_record(text: str) -> None:
    read = tomllib.loads(source_toml(replace(RECORD, method=text), CHECKED))["sources"][0]["method"]
    assert read == text.strip().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("name", "value"),
    [("title", " "), ("authors", ""), ("method", ""), ("url", "ftp://x"), ("url", "javascript:alert(1)"),
     ("licence", "all rights reserved"), ("title", "x" * 201)],
)  # fmt: skip
def test_an_incomplete_record_is_refused_in_words(name: str, value: str) -> None:
    record = replace(RECORD, **{name: value})
    assert len(problems(record)) == 1
    with pytest.raises(ContributionError, match="INCOMPLETE_SOURCE"):
        contribution_zip(record, CHECKED)


def test_nothing_is_packed_of_a_refused_file() -> None:
    with pytest.raises(ContributionError, match="NOT_ACCEPTED"):
        contribution_zip(RECORD, check_csv(b"", "kernel"))


@pytest.mark.parametrize("level", LEVELS)
def test_check_prints_an_example_that_it_accepts(
    level: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--template", "--level", level]) == 0
    example = tmp_path / "example.csv"
    example.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["check", str(example), "--level", level]) == 0
    assert "2 rows, 0 errors, 0 warnings: can be used." in capsys.readouterr().out


def test_check_names_row_column_and_reason_and_ends_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(template("kernel").replace(",2.2,", ",4000,"), encoding="utf-8")
    assert main(["check", str(wrong), "--level", "kernel"]) == 2
    said = capsys.readouterr()
    assert "wrong.csv, row 2, avg_power_w: error: 4,000 W is above 300 W." in said.err
    assert "nothing is used" in said.out


def test_check_as_json_holds_every_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(template("kernel").replace("k-002", "k-001"), encoding="utf-8")
    assert main(["check", str(wrong), "--level", "kernel", "--format", "json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert (report["accepted"], report["errors"]) == (False, 1)
    assert report["findings"][0]["code"] == "DUPLICATE_ID"


def test_check_joins_the_json_files_of_a_download(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    energy, config = tmp_path / "energy.json", tmp_path / "config.json"
    energy.write_text('{"fc": {"A": {"energy": "0.5"}}}', encoding="utf-8")
    config.write_text('{"fc": {"A": {"config": {"CIN": 8, "COUT": 4}}}}', encoding="utf-8")
    assert main(["check", str(energy), str(config), "--level", "kernel"]) == 0
    assert "1 rows, 0 errors" in capsys.readouterr().out


@pytest.mark.parametrize("files", [[], ["no-such-file.csv"], ["one.csv", "two.csv"]])
def test_check_without_one_readable_file_ends_with_two(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in files:
        if name != "no-such-file.csv":
            (tmp_path / name).write_text(template("application"), encoding="utf-8")
    assert main(["check", *(str(tmp_path / name) for name in files)]) == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize("level", LEVELS)
def test_the_documented_columns_are_those_of_the_schema(level: str) -> None:
    text = (ROOT.parent / "docs" / "your-measurements.md").read_text(encoding="utf-8")
    section = text.split(f"## {level.capitalize()} results", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    documented = {row.split("`")[1]: [cell.strip() for cell in row.split("|")[2:4]] for row in rows}
    expected = {
        each.name: ["yes" if each.needed else "", "" if each.unit in ("none", "1") else each.unit]
        for each in schema(level)
    }
    assert documented == expected
