"""Building: deterministic content, several at once, licensed sources only, units by declared factors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import queries
from data.bundle import Bundle
from data.bundle_build.build import build
from data.bundle_build.content_hash import content_hash, table_hash
from data.dictionary import Column, load_dictionary
from data.layout import ROOT
from data.sql_text import converted, name, text
from data_support import edit, full_bundle, refresh, small_root


def test_two_builds_hold_the_same(tmp_path: Path) -> None:
    layout = small_root(tmp_path)
    first = build(tmp_path / "a.duckdb", layout=layout)
    second = build(tmp_path / "b.duckdb", layout=layout)
    assert first.content_hash == second.content_hash
    assert first.rows == second.rows


def test_one_changed_figure_changes_the_hash(tmp_path: Path) -> None:
    layout = small_root(tmp_path)
    before = build(tmp_path / "a.duckdb", layout=layout).content_hash
    edit(layout.root / "figures/application_measurements.csv", "4.7495,0.3209", "4.7495,0.3208")
    refresh(layout)
    assert build(tmp_path / "a.duckdb", layout=layout).content_hash != before


@pytest.mark.slow
@settings(max_examples=25)
@given(rows=st.lists(st.tuples(st.integers(-9, 9), st.text(max_size=3)), max_size=8), data=st.data())
def test_hash_ignores_the_order_of_rows(rows: list[tuple[int, str]], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rows))
    hashes = []
    for order in (rows, shuffled):
        with duckdb.connect() as connection:
            connection.execute("CREATE TABLE t (a INTEGER, b VARCHAR)")
            if order:
                connection.executemany("INSERT INTO t VALUES (?, ?)", order)
            hashes.append(content_hash(connection, ["t"]))
    assert hashes[0] == hashes[1]


@settings(max_examples=25)
@given(a=st.lists(st.integers(0, 3), max_size=4), b=st.lists(st.integers(0, 3), max_size=4))
def test_hash_tells_different_rows_apart(a: list[int], b: list[int]) -> None:
    hashes = []
    with duckdb.connect() as connection:
        for label, rows in (("a", a), ("b", b)):
            connection.execute(f"CREATE TABLE {label} (x INTEGER)")
            if rows:
                connection.executemany(f"INSERT INTO {label} VALUES (?)", [(row,) for row in rows])  # noqa: S608
            hashes.append(table_hash(connection, label))
    assert (hashes[0] == hashes[1]) == (sorted(a) == sorted(b))


@settings(max_examples=40)
@given(word=st.text(min_size=1, max_size=12).filter(lambda word: "\0" not in word))
def test_words_of_the_dictionary_survive_quoting(word: str) -> None:
    with duckdb.connect() as connection:
        row = connection.execute(f"SELECT {text(word)} AS {name('c' + word)}").fetchone()
    assert row == (word,)


@settings(max_examples=40)
@given(
    printed=st.decimals(min_value=0, max_value=10**6, places=4),
    factor=st.sampled_from([1.0, 0.001, 1000.0]),
)
def test_units_convert_by_the_declared_factor(printed: object, factor: float) -> None:
    column = Column("x", "X", "DOUBLE", "mJ", "test", factor=factor)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (x VARCHAR)")
        connection.execute("INSERT INTO t VALUES (?)", [str(printed)])
        row = connection.execute(f"SELECT {converted(column)} FROM t").fetchone()  # noqa: S608
    assert row is not None
    assert row[0] == pytest.approx(float(str(printed)) * factor, rel=1e-15)


def test_replacement_uses_the_new_value_and_keeps_the_printed_one(tmp_path: Path) -> None:
    layout = small_root(tmp_path)
    edit(
        layout.corrections,
        'action = "flag"\nprinted = "0.0265"\nsuggested',
        'action = "replace"\nprinted = "0.0265"\nvalue = "0.265"\nsuggested',
    )
    path = build(tmp_path / "a.duckdb", layout=layout).path
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute(
            "SELECT m.energy_mj, c.value_printed, c.value_used FROM application_measurements AS m "
            "JOIN corrections AS c ON m.correction_ids = c.correction_id WHERE c.action = 'replace'"
        ).fetchall()
    assert row == [(265.0, "0.0265", "0.265")]


@pytest.mark.slow
def test_builds_at_the_same_time_do_not_disturb_each_other(tmp_path: Path) -> None:
    out = tmp_path / "shared.duckdb"
    command = [sys.executable, "-m", "data", "build", "--only-licensed", "--out", str(out)]
    running = [subprocess.Popen(command, cwd=ROOT.parent, stdout=subprocess.PIPE) for _ in range(2)]
    assert [process.wait() for process in running] == [0, 0]
    for process in running:
        assert process.stdout is not None
        process.stdout.close()
    bundle = Bundle(out)
    bundle.read_through()
    bundle.close()
    assert [path.name for path in tmp_path.iterdir()] == ["shared.duckdb"]


class TestOnlyLicensed:
    """The bundle without sources whose figures have no stated licence."""

    def test_only_licensed_figures_are_in_it(self) -> None:
        bundle = full_bundle(only_licensed=True)
        stated = {
            "mlperf-inference-power", "mlperf-tiny", "qutibench", "edgereasoning", "smolperf-2026",
            "llm-profiler", "mlperf-edge-results", "neural-operator-jetson", "freqbench",
        }  # fmt: skip
        found: set[str] = set()
        with bundle.cursor() as cursor:
            for table in load_dictionary().values():
                if not table.special:
                    query = f"SELECT DISTINCT source_id FROM {table.name}"  # noqa: S608
                    found |= {source for (source,) in cursor.execute(query).fetchall()}
        assert found == stated
        assert bundle.only_licensed

    def test_sources_left_out_are_still_named(self) -> None:
        frame = queries.sources(full_bundle(only_licensed=True))
        assert len(frame) == 19
        assert frame["included"].tolist() == frame["licence_stated"].tolist()

    def test_licensed_tables_are_whole_and_the_others_empty(self) -> None:
        bundle = full_bundle(only_licensed=True)
        assert len(queries.board_networks(bundle)) == 2430
        assert len(queries.microcontrollers(bundle)) == 149
        assert queries.application_measurements(bundle).empty
        assert queries.kernel_measurements(bundle).empty
        assert queries.conv_layers(bundle).empty

    def test_a_device_that_another_source_names_stays_without_its_facts(self) -> None:
        frame = queries.devices(full_bundle(only_licensed=True)).set_index("device_id")
        mate = frame.loc["huawei-mate40-pro"]
        assert mate["name"] == "Huawei Mate40 Pro"
        assert mate["source_id"] == "llm-profiler"
        assert mate[["soc", "cpu_cores", "tdp_w", "battery_mah"]].isna().all()
        assert "huawei-p40-pro" not in frame.index

    @pytest.mark.slow
    def test_columns_are_the_same_as_in_the_full_bundle(self) -> None:
        full, licensed = full_bundle(), full_bundle(only_licensed=True)
        for question in (queries.devices, queries.kernel_ranges, queries.board_runs, queries.llm_decode):
            assert question(licensed).columns.tolist() == question(full).columns.tolist()

    def test_content_differs_from_the_full_bundle(self) -> None:
        assert full_bundle().meta["content_hash"] != full_bundle(only_licensed=True).meta["content_hash"]
