"""The bundle as a data set: every table whole, with units, and described for machines."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from data.__main__ import main
from data.dataset.export import export
from data.dataset.snippets import SNIPPETS
from data.dictionary import load_dictionary
from data.errors import BundleError
from data_support import full_bundle

TABLES = load_dictionary()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("export") / "set"
    export(full_bundle(), place)
    return place


def test_every_table_is_whole_with_its_units(folder: Path) -> None:
    with full_bundle().cursor() as cursor:
        for table in TABLES.values():
            written = pq.read_table(folder / f"{table.name}.parquet")
            counted = cursor.execute(f"SELECT count(*) FROM {table.name}").fetchone()  # noqa: S608
            assert (written.num_rows,) == counted
            assert written.column_names == [column.name for column in table.stored]
            for column in table.stored:
                found = written.schema.field(column.name).metadata
                assert found[b"unit"].decode() == column.unit


def test_the_dictionary_lists_every_column(folder: Path) -> None:
    with (folder / "dictionary.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    expected = [(table.name, column.name) for table in TABLES.values() for column in table.stored]
    assert [(row["table"], row["column"]) for row in rows] == expected
    energy = next(row for row in rows if row["column"] == "token_energy_mj")
    assert energy["unit"] == "mJ"


def test_the_description_names_files_fields_and_licences(folder: Path) -> None:
    said = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    assert {record["name"] for record in said["recordSet"]} == set(TABLES)
    for file in said["distribution"]:
        assert file["sha256"] == hashlib.sha256((folder / file["name"]).read_bytes()).hexdigest()
    assert "smolperf-2026: CC BY 4.0" in said["license"]
    assert "Unit: mJ." in json.dumps(said)


def test_the_lines_for_pandas_and_duckdb_run_as_they_are_written(folder: Path) -> None:
    """Those for R are two calls of its arrow package; those for Croissant are in the test below."""
    code = {tool: text.replace("DIR", str(folder)) for tool, text in SNIPPETS.items()}
    names: dict[str, Any] = {}
    exec(code["pandas"], names)  # noqa: S102 - our own lines
    written = duckdb.sql(code["DuckDB"]).fetchall()
    assert len(names["rows"]) == len(full_bundle().cursor().execute("FROM token_runs").fetchall())
    assert len(written) == int((names["rows"]["phase"] == "decode").sum())
    assert {row[0] for row in written} == set(names["rows"]["device_id"])


def test_mlcroissant_finds_nothing_wrong_and_loads_it(folder: Path) -> None:
    # Not in the lock of the tools: it brings pandas-stubs, which would change what mypy says of this project.
    mlc = pytest.importorskip("mlcroissant")
    dataset = mlc.Dataset(str(folder / "croissant.json"))
    assert not dataset.metadata.issues.errors
    assert sum(1 for _ in dataset.records("devices")) == 53


def test_a_bundle_without_unlicensed_sources_names_only_licensed_ones(tmp_path: Path) -> None:
    export(full_bundle(only_licensed=True), tmp_path)
    said = json.loads((tmp_path / "croissant.json").read_text(encoding="utf-8"))
    assert "freqbench: MIT" in said["license"]
    assert "tu-2023-sec" not in said["license"]
    assert pq.read_table(tmp_path / "kernel_measurements.parquet").num_rows == 0


def test_what_is_no_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(BundleError) as refused:
        export(full_bundle(), file)
    assert refused.value.code == "NOT_A_FOLDER"
    assert main(["export", str(file)]) == 2
    assert "NOT_A_FOLDER" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "mine"
    assert main(["export", str(tmp_path / "set")]) == 0
