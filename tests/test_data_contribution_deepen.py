"""The DeepEn2023 download: files by id joined, known oddities kept and marked, everything else refused."""

from __future__ import annotations

import io
import json
import zipfile

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import queries
from data.contribution.check import FLAGGED, as_csv, check_csv, frame
from data.contribution.deepen2023 import Conditions, check_deepen
from data_support import full_bundle

CONFIG = {"HW": 56, "CIN": 64, "COUT": 128, "KERNEL_SIZE": 3, "STRIDES": 1}
CONV = "conv-bn-relu"


def as_file(kernels: dict[str, dict[str, object]]) -> bytes:
    return json.dumps(kernels).encode()


def download(**entries: object) -> dict[str, bytes]:
    """One convolution with id A1 in one file per keyword: `energy="38.2"` and so on."""
    return {f"{key}.json": as_file({CONV: {"A1": {key: value}}}) for key, value in entries.items()}


def codes(files: dict[str, bytes]) -> list[str]:
    checked = check_deepen(files)
    assert not checked.accepted
    return [each.code for each in checked.findings if each.severity == "error"]


def test_files_are_joined_by_id_and_units_converted() -> None:
    checked = check_deepen(
        download(config=CONFIG, energy="38.28", power="2200", latency="17.4 +- 0.3"),
        Conditions("google-pixel-8-pro", "gpu"),
    )
    assert checked.accepted
    [row] = frame(checked).to_dict("records")
    assert (row["kernel_id"], row["device_id"], row["delegate"]) == ("A1", "google-pixel-8-pro", "gpu")
    assert (row["energy_mj"], row["avg_power_w"], row["latency_ms"]) == (38.28, 2.2, 17.4)
    assert row["macs_m"] == 56 * 56 * 9 * 64 * 128 / 1e6


def test_energy_is_power_times_latency_where_only_those_are_given() -> None:
    [row] = check_deepen(download(config=CONFIG, power=2000, latency=10)).rows
    assert row["energy_mj"] == 20.0


def test_the_published_kernels_come_back_as_they_are_in_the_bundle() -> None:
    published = queries.kernel_measurements(full_bundle(), configured_only=False)
    checked = check_deepen(as_download(published))
    assert checked.findings.errors == 0
    mine = frame(checked).merge(published, on="kernel_id", suffixes=("", "_bundle"))
    assert len(mine) == len(published) == 1810
    assert (mine["energy_mj"] == mine["energy_mj_bundle"]).all()
    assert mine["macs_m"].fillna(-1).sub(mine["macs_m_bundle"].fillna(-1)).abs().max() < 1e-9
    # The power of 2,141 W that the publisher's file holds is kept as filed, and marked.
    assert list(mine.loc[mine["kernel_id"] == "JAWP59", "correction_ids"]) == [FLAGGED]


def as_download(published: pd.DataFrame) -> dict[str, bytes]:
    names = {"HW": "input_hw", "CIN": "c_in", "COUT": "c_out", "KERNEL_SIZE": "kernel_size",
             "STRIDES": "stride", "CIN1": "c_in1", "CIN2": "c_in2", "CIN3": "c_in3",
             "CIN4": "c_in4"}  # fmt: skip
    files: dict[str, dict[str, dict[str, object]]] = {"energy": {}, "power": {}, "latency": {}, "config": {}}
    for row in published.to_dict("records"):
        place = row["kernel"], row["kernel_id"]
        config = {key: int(row[name]) for key, name in names.items() if not pd.isna(row[name])}
        figures = {
            "energy": str(row["energy_mj"]),
            "power": str(1000 * row["avg_power_w"]),
            "latency": str(row["latency_ms"]),
            "config": config,
        }
        for key, value in figures.items():
            if value:
                files[key].setdefault(place[0], {})[place[1]] = {key: value}
    return {f"{key}.json": as_file(tree) for key, tree in files.items()}


def test_spellings_of_kernel_types_are_those_of_the_download() -> None:
    tree = {"addrelu": {"A": {"energy": "1"}}, "conv++bn++relu": {"B": {"energy": "1"}}}
    rows = check_deepen({"e.json": as_file(tree)}).rows
    assert [row["kernel"] for row in rows] == ["add-relu", CONV]


def test_a_zip_is_read_in_memory() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in download(config=CONFIG, energy="38.2").items():
            archive.writestr(f"kernel/{name}", content)
        archive.writestr("__MACOSX/kernel/._energy.json", b"\x00")
        archive.writestr("notes.txt", b"not read")
    assert check_deepen({"all.zip": sink.getvalue()}).accepted


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big.json", b" " * 60_000_000)
    assert len(sink.getvalue()) < 100_000
    assert codes({"bomb.zip": sink.getvalue()})[0] == "TOO_LARGE"


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a.json": b""}, "NOT_JSON"),
        ({"a.json": b"\xff\xfe{"}, "ENCODING"),
        ({"a.json": b"[1, 2]"}, "NOT_DEEPEN"),
        ({"a.json": b"{}"}, "NOT_DEEPEN"),
        ({"a.json": as_file({CONV: {"A1": {"joules": 1}}})}, "NOT_DEEPEN"),
        ({"a.json": as_file({"convolution": {"A1": {"energy": 1}}})}, "UNKNOWN_WORD"),
        ({"a.json": b'{"conv-bn-relu": {"A1": {"energy": 1}, "A1": {"energy": 2}}}'}, "DUPLICATE_ID"),
        (download(energy="38.2") | {"again.json": as_file({CONV: {"A1": {"energy": 3}}})}, "DUPLICATE_ID"),
        (download(energy="38.2 J"), "NOT_A_NUMBER"),
        (download(energy=True), "NOT_A_NUMBER"),
        (download(energy="nan"), "NOT_A_NUMBER"),
        (download(energy=-1), "OUT_OF_RANGE"),
        (download(energy=1, config={**CONFIG, "CIN": 1.5}), "NOT_A_WHOLE_NUMBER"),
        (download(config=CONFIG), "NO_ROWS"),
        ({"a.zip": b"PK\x03\x04 damaged"}, "NOT_A_ZIP"),
        ({"a.json": b"[" * 100_000}, "NOT_JSON"),
    ],
)
def test_what_is_no_such_download_is_refused(files: dict[str, bytes], code: str) -> None:
    assert code in codes(files)


def test_kernels_without_configuration_or_energy_are_counted() -> None:
    files = {
        "e.json": as_file({CONV: {"A1": {"energy": 1}, "A2": {"energy": 2}}}),
        "c.json": as_file({CONV: {"A1": {"config": CONFIG}, "A3": {"config": CONFIG}}}),
    }
    checked = check_deepen(files)
    assert checked.accepted
    assert len(checked.rows) == 2
    assert {(each.code, each.message[:6]) for each in checked.findings} == {
        ("NO_ENERGY", "1 of 3"),
        ("NO_CONFIGURATION", "1 of 3"),
    }


def test_an_imported_download_can_be_handed_in_as_csv() -> None:
    checked = check_deepen(download(config=CONFIG, energy="38.28", power="2200", latency="17.4"))
    assert check_csv(as_csv(checked).encode(), "kernel").rows == checked.rows


@given(st.binary(max_size=200))
def test_no_content_raises(content: bytes) -> None:
    assert not check_deepen({"junk.json": content}).accepted
    assert not check_deepen({"junk.zip": b"PK\x03\x04" + content}).accepted
