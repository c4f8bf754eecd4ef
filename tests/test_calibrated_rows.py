"""The table of one's own measurements: bad rows told all at once, and every spelling read alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations_with_replacement
from pathlib import Path

import pytest

from predictors.cli.main import main
from predictors.energy.calibrated.calibration import amounts_of_file
from predictors.energy.calibrated.checked import checked
from predictors.energy.calibrated.device_file import OwnDevice, read_described, read_device, written
from predictors.energy.calibrated.device_rows import MeasuredNetwork, read_table
from predictors.energy.calibrated.own_devices import device_of_files, names_differ
from predictors.energy.calibrated.table_cells import pointed
from predictors.errors import InputError, ModelError

GOOD = (
    ("mobilenet-v2-0.35-96", 14.0, 3.4), ("mobilenet-v2-0.75-160", 60.0, 14.0),
    ("mobilenet-v1-1.0-224", 250.0, 62.0),
)  # fmt: skip
FREE = (("mobilenet-v1-0.5-160", 30.0, 8.0), ("mobilenet-v1-0.25-128", 6.0, 1.5))
"""Networks for the two bad rows, with figures that fit the good ones."""
BAD: dict[str, Callable[[str, float, float], str]] = {
    "zero": lambda model, _, ms: f"{model},fp32,0,{ms}",
    "negative": lambda model, mj, ms: f"{model},fp32,{-mj},{ms}",
    "words": lambda model, _, ms: f"{model},fp32,much,{ms}",
    "no number": lambda model, _, ms: f"{model},fp32,nan,{ms}",
    "beyond measure": lambda model, _, ms: f"{model},fp32,1e300,{ms}",
    "latency of 0": lambda model, mj, _: f"{model},fp32,{mj},0",
    "joules": lambda model, mj, ms: f"{model},fp32,{mj / 1000},{ms}",
    "microjoules": lambda model, mj, ms: f"{model},fp32,{mj * 1000},{ms}",
    "seconds": lambda model, mj, ms: f"{model},fp32,{mj},{ms / 1000}",
    "no energy": lambda model, _, ms: f"{model},fp32,,{ms}",
    "no figure": lambda model, _mj, _ms: f"{model},fp32,,",
    "unknown model": lambda _, mj, ms: f"no-such-net,fp32,{mj},{ms}",
    "unreadable file": lambda _, mj, ms: f"broken.onnx,fp32,{mj},{ms}",
    "no model": lambda _, mj, ms: f",fp32,{mj},{ms}",
    "precision": lambda model, mj, ms: f"{model},bf16,{mj},{ms}",
    "cell too many": lambda model, mj, ms: f"{model},fp32,{mj},5,{ms}",
    "twice": lambda _, mj, ms: f"{GOOD[1][0]},fp32,{GOOD[1][1] * 1.5 + mj},{ms}",
    "below a smaller one": lambda _, mj, ms: f"mobilenet-v1-1.0-192,fp32,{mj / 6},{ms}",
}
UNITS = {"joules", "microjoules", "seconds"}
WARNED = {"below a smaller one"}


def _read(model: str, _precision: str) -> tuple[float, ...]:
    """As `amounts_of_file` where there is no such file, without a process of its own."""
    raise ModelError("MODEL_FILE", "{model} can't be read.", model=model)


def _refused(text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        checked(OwnDevice("a", "a"), read_table(text), _read)
    return caught.value


@pytest.mark.parametrize("kinds", [*combinations_with_replacement(BAD, 2)], ids=" and ".join)
def test_two_bad_rows_are_both_told(kinds: tuple[str, str]) -> None:
    """Rows 3 and 5 are bad, in either order; the others are good and stay unnamed."""
    if set(kinds) <= WARNED:
        return
    for one, two in {kinds, kinds[::-1]}:
        good = [f"{model},fp32,{mj},{ms}" for model, mj, ms in GOOD]
        bad = [BAD[kind](*free) for kind, free in zip((one, two), FREE, strict=True)]
        lines = ["model,precision,energy_mj,latency_ms", good[0], bad[0], good[1], bad[1], good[2]]
        error = _refused("\n".join(lines))
        assert error.code == ("CALIBRATION_UNIT" if {one, two} <= UNITS | WARNED else "CALIBRATION_ROWS")
        told = {at for at in (2, 3, 4, 5, 6) if any(f" {at}" in words for words in _rows_named(str(error)))}
        assert {3, 5} <= told, str(error)
        partners = {"twice": {4}, "below a smaller one": {2, 4, 6}}
        assert told <= {3, 5}.union(*(partners.get(kind, set()) for kind in kinds)), str(error)


def _rows_named(text: str) -> list[str]:
    """The beginning of each line that names rows."""
    return [" " + line.removeprefix("- ").split(":")[0].replace("and", "") for line in text.split("\n- ")[1:]]


PLAIN = "model,precision,energy_mj,latency_ms\n" + "".join(f"{m},fp32,{mj},{ms}\n" for m, mj, ms in GOOD)


def _joined(sign: str, *, comma: bool = False, head: str = "model,precision,energy_mj,latency_ms") -> str:
    rows = [[model, "fp32", f"{mj:.2f}", f"{ms:.2f}"] for model, mj, ms in GOOD]
    if comma:
        rows = [[*row[:2], *(cell.replace(".", ",") for cell in row[2:])] for row in rows]
    return "\n".join([sign.join(head.split(",")), *(sign.join(row) for row in rows)]) + "\n"


def _quoted(text: str) -> str:
    return "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines()) + "\n"


def _units(energy: str, times: float, latency: str = "latency_ms", more: float = 1.0) -> str:
    rows = "".join(f"{m},fp32,{mj * times:.9g},{ms * more:.9g}\n" for m, mj, ms in GOOD)
    return f"model,precision,{energy},{latency}\n{rows}"


def _turned() -> str:
    return "".join(f"{energy},{model},{latency},fp32\n" for model, energy, latency in GOOD)


def _markdown() -> str:
    head, *rows = PLAIN.splitlines()
    return "".join(f"| {line.replace(',', ' | ')} |\n" for line in [head, "---,:---,---:,--", *rows])


SPELLED: dict[str, str] = {
    "semicolons": _joined(";"),
    "semicolons with decimal commas": _joined(";", comma=True),
    "tabs": _joined("\t"),
    "tabs with decimal commas": _joined("\t", comma=True),
    "bars": _joined("|"),
    "a byte order mark": "\ufeff" + PLAIN,
    "a byte order mark and semicolons": "\ufeff" + _joined(";", comma=True),
    "ends of Windows": PLAIN.replace("\n", "\r\n"),
    "ends of old Macs": PLAIN.replace("\n", "\r"),
    "all quoted": _quoted(PLAIN),
    "spaces behind commas": PLAIN.replace(",", ", "),
    "spaces around commas and quotes": _quoted(PLAIN).replace(",", " , "),
    "upper case": PLAIN.upper(),
    "capitals": PLAIN.replace("model,precision", "Model,Precision").replace("fp32", "FP32"),
    "the divider's name": "sep=;\n" + _joined(";", comma=True),
    "empty lines": "\n\n" + PLAIN.replace("\n", "\n\n"),
    "a remark": "# measured on Monday\n" + PLAIN,
    "empty columns behind": PLAIN.replace("\n", ",,\n"),
    "empty rows behind": PLAIN + ",,,\n;;;\n".replace(";;;\n", ",,,\n"),
    "other order": "energy_mj,model,latency_ms,precision\n" + _turned(),
    "a column of notes": PLAIN.replace("ms\n", "ms,notes\n").replace(",3.4", ",3.4,warm"),
    "units in brackets": _units("Energy (mJ)", 1.0, "Latency (ms)"),
    "units in square brackets": _units("energy [mJ]", 1.0, "latency [ms]"),
    "units behind a slash": _units("Energy / mJ", 1.0, "Latency / ms"),
    "units with a space": _units("Energy mJ", 1.0, "Latency ms"),
    "the words of the page": _units("Energy (mJ)", 1.0).replace("model,precision", "Network,Precision"),
    "joules": _units("energy_j", 1e-3),
    "joules in brackets": _units("Energy (J)", 1e-3),
    "microjoules": _units("energy_uj", 1e3),
    "microjoules with the sign": _units("Energy (µJ)", 1e3),
    "seconds": _units("energy_mj", 1.0, "latency_s", 1e-3),
    "microseconds": _units("energy_mj", 1.0, "Latency (μs)", 1e3),
    "per inference": _units("energy per inference (mJ)", 1.0),
    "watt hours": _units("energy_mwh", 1.0 / 3600.0),
    "units in cells": PLAIN.replace(",14.0,3.4", ",14.0 mJ,3.4 ms").replace(",250.0,", ",0.25 J,"),
    "decimal commas and units in cells": _joined(";", comma=True).replace(";14,00;", ";14,00 mJ;"),
    "numbered rows": "\n".join(f"{at or ''},{line}" for at, line in enumerate(PLAIN.splitlines())),
    "a table in Markdown": _markdown(),
    "spaces that do not break": PLAIN.replace(",14.0,", ",14.0\u202fmJ,").replace(",60.0,", ",60.0\u00a0mJ,"),
    "names of files": PLAIN.replace("-96,", "-96-fp32.onnx,").replace("-160,", "-160.onnx,"),
    "exponents": PLAIN.replace("250.0", "2.5e2").replace("60.0", "6E+1"),
    "a plus": PLAIN.replace("250.0", "+250.0"),
    "titles and spaces": PLAIN.replace("mobilenet-v1-1.0-224", "MobileNet V1 1.0 224"),
    "underlines": PLAIN.replace("mobilenet-v1-1.0-224", "mobilenet_v1_1.0_224"),
    "float32": PLAIN.replace("fp32", "float32"),
    "a spreadsheet's apostrophe": PLAIN.replace("250.0", "'+250.0"),
}  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLED)
def test_a_table_may_be_spelled_as_programs_do(spelling: str) -> None:
    found = checked(OwnDevice("a", "a"), read_table(SPELLED[spelling]))
    assert [(row.model, row.precision) for row in found.rows] == [(model, "fp32") for model, *_ in GOOD]
    assert [row.energy_mj for row in found.rows] == pytest.approx([mj for _, mj, _ in GOOD])
    assert [row.latency_ms for row in found.rows] == pytest.approx([ms for *_, ms in GOOD])


HEAD = "model,precision,energy_mj,latency_ms\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD + 'mobilenet-v1,fp32,"1,234",50\n', "CALIBRATION_ROWS"),
        (HEAD + "mobilenet-v1,fp32,1 234,50\n", "CALIBRATION_ROWS"),
        (HEAD + "mobilenet-v1,fp32,1_234,50\n", "CALIBRATION_ROWS"),
        (HEAD + "mobilenet-v1,fp32,\u0661\u0662,50\n", "CALIBRATION_ROWS"),
        (HEAD.replace(",", ";") + "mobilenet-v1;fp32;1.234,5;50\n", "CALIBRATION_ROWS"),
        (HEAD.replace(",", ";") + "mobilenet-v1;fp32;1,234,5;50\n", "CALIBRATION_ROWS"),
        (HEAD + "mobilenet-v1,fp32,90 W,50\n", "CALIBRATION_ROWS"),
        (HEAD + "mobilenet-v1,fp32,90 ms,50\n", "CALIBRATION_ROWS"),
        (HEAD + "mobilenet-v1,fp32,=90,50\n", "CALIBRATION_ROWS"),
        (HEAD + "mobilenet-v1,fp32,#DIV/0!,50\n", "CALIBRATION_ROWS"),
        (HEAD + "mobilenet-v1,fp32,~90,50\n", "CALIBRATION_ROWS"),
        (HEAD + "mobilenet-v1,fp32,80-90,50\n", "CALIBRATION_ROWS"),
        (HEAD.strip() + ",\nmobilenet-v1,fp32,90,5,60\n", "CALIBRATION_ROWS"),
        (HEAD + 'mobilenet-v1,fp32,90,"50\nmobilenet-v2,fp32,60,30\n', "CALIBRATION_ROWS"),
        (HEAD.replace("energy_mj", "energy") + "mobilenet-v1,fp32,90,50\n", "INPUT_COLUMNS"),
        ("model,precision,energy\nmobilenet-v1,fp32,90\n", "INPUT_COLUMNS"),
        ("model,precision,energy_mj,Energy (mJ)\nmobilenet-v1,fp32,90,90\n", "INPUT_COLUMNS"),
        ("model,precision,energy_mj,Energy (J)\nmobilenet-v1,fp32,90,0.09\n", "INPUT_COLUMNS"),
        ('"model,precision,energy_mj"\n"mobilenet-v1,fp32,90"\n', "INPUT_COLUMNS"),
        ("mobilenet-v1,fp32,90,50\n", "INPUT_COLUMNS"),
        (HEAD, "INPUT_EMPTY"),
        (HEAD + ",,,\n", "INPUT_EMPTY"),
        (HEAD + "x" * 200_000 + ",fp32,90,50\n", "INPUT_NOT_CSV"),
        (HEAD.strip() + ",n\nmobilenet-v1,fp32,90,50,2.5\n", "CALIBRATION_ROWS"),
        (HEAD.strip() + ",energy_above_idle_mj\nmobilenet-v1,fp32,90,50,120\n", "CALIBRATION_ROWS"),
        (HEAD.strip() + ",avg_power_w\nmobilenet-v1,fp32,90,50,1800\n", "CALIBRATION_ROWS"),
        (HEAD.strip() + ",latency_p90_ms\nmobilenet-v1,fp32,90,50,20\n", "CALIBRATION_ROWS"),
        (HEAD.strip() + ",amount_pointwise_macs_m\nmobilenet-v1,fp32,90,50,-3\n", "CALIBRATION_ROWS"),
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(text: str, code: str) -> None:
    assert _refused(text).code == code


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("mobilenet-v9", "mobilenet-v2, mobilenet-v1"),
        ("nets/mobilnet_v2.onnx", "mobilenet-v2, "),
        ("MobilenetV3", "mobilenet-v3-large, mobilenet-v3-small"),
        ("bert", "mobilebert"),
        ("no-such-net", ""),
        ("x" * 5_000, ""),
        ("\U0001f916", ""),
    ],
)
def test_an_unknown_network_may_be_a_name_or_a_path_and_near_names_are_told(name: str, near: str) -> None:
    with pytest.raises(InputError) as caught:
        checked(OwnDevice("a", "a"), read_table(f"{HEAD}{name},fp32,14,3\n"), amounts_of_file)
    told = str(caught.value)
    assert "neither the name of a sample" in told and "nor the path" in told and len(told) < 700
    assert f"Names like it: {near}" in told if near else "Names like it" not in told


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("14,5", "14.5"), (" 0,125 ", "0.125"), ("1,5e3 mJ", "1.5e3 mJ"), ("14.5", "14.5"),
        ("1,234", "1,234"), ("1.234,5", "1.234,5"), ("1,234,567", "1,234,567"), ("12,345 mJ", "12,345 mJ"),
    ],
)  # fmt: skip
def test_a_typed_comma_is_a_decimal_one_where_it_can_be_nothing_else(cell: str, read: str) -> None:
    assert pointed(cell) == read


def test_the_command_tells_a_row_of_each_kind_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, measured = tmp_path / "broken.onnx", tmp_path / "m.csv"
    broken.write_bytes(b"no model")
    rows = f"mobilenet-v2-0.35-96,fp32,-14,3.4\nno-such-net,fp32,60,14\n{broken},fp32,250,62\n"
    measured.write_text(
        HEAD + rows + "mobilenet-v1,fp32,0.25,60\nmobilenet-v2,fp32,120,30\n", encoding="utf-8"
    )
    assert main(["calibrate", str(measured), "--name", "My board", "--out", str(tmp_path / "own")]) == 2
    told = capsys.readouterr().err
    assert told.startswith("CALIBRATION_ROWS")
    assert [line[:7] for line in told.split("\n- ")[1:]] == ["Row 2: ", "Row 3: ", "Row 4: ", "Row 5: "]
    assert not (tmp_path / "own").exists()


def test_notes_on_a_table_that_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measured = tmp_path / "m.csv"
    rows = (
        "mobilenet-v2-0.35-96,fp32,14,cold\nmobilenet-v1-1.0-224,fp32,250,\nmobilenet-v1-0.5-160,int8,12,\n"
    )
    measured.write_text("model,precision,energy_mj,notes\n" + rows, encoding="utf-8")
    arguments = ["calibrate", str(measured), "--name", "My board", "--out", str(tmp_path), "--format", "json"]
    assert main(arguments) == 0
    mixed, unread = json.loads(capsys.readouterr().out)["notes"]
    assert "2, 3 in fp32" in mixed and "4 in int8" in mixed
    assert "notes" in unread


def test_everything_wrong_in_a_device_file_is_told_at_once() -> None:
    toml_text, csv_text = written(OwnDevice("a", "a", rows=(MeasuredNetwork("mobilenet-v1", "fp32", 90.0),)))
    head = (
        toml_text.replace("board-wall", "moon").replace('kind = "board"', 'kind = "car"') + "threads = -1\n"
    )
    with pytest.raises(InputError) as caught:
        read_device(head, csv_text.replace("90.0", "-90.0"))
    assert caught.value.code == "DEVICE_FILE_DAMAGED"
    assert all(part in str(caught.value) for part in ("scope", "kind", "threads", "Row 2"))


def test_a_pair_is_one_device_unless_its_table_is_of_another() -> None:
    """By its name alone a table is of no other device: people name it after what is in it."""
    one = written(OwnDevice("a", "a", rows=(MeasuredNetwork("n", "fp32", 9.0),)))
    alike = (
        ("a.toml", "a.csv"), ("A.toml", "a (1).csv"), ("a(2).toml", "a.CSV"), ("a.toml", "a - Copy.csv"),
        ("a copy.toml", "a.csv"), ("a.toml", "Kopie von a.csv"), ("a.toml", "a - Kopie (2).csv"),
        ("Copy of a.toml", "a copy 2.csv"),
    )  # fmt: skip
    for names in (*alike, ("My board.toml", "measurements.csv")):
        assert (
            device_of_files([(name, text.encode()) for name, text in zip(names, one, strict=True)])[
                0
            ].device_id
            == "a"
        )
        assert names_differ(names) is (names not in alike)
    lines = one[1].splitlines()
    for stated, code in (("A", None), ("b", "DEVICE_FILE_PARTS")):
        text = f"{lines[0]},Device\n{lines[1]},{stated}\n"
        found = None
        try:
            device_of_files([("a.toml", one[0].encode()), ("a.csv", text.encode())])
        except InputError as error:
            found = error.code
        assert found == code


def test_rows_that_contradict_what_is_known_are_told() -> None:
    """Amounts of another network, and an idle power that no network reaches (4.1 W here)."""
    device = checked(OwnDevice("a", "a"), read_table(PLAIN))
    toml_text, csv_text = written(device)
    csv_text = csv_text.replace("mobilenet-v1-1.0-224", "mobilenet-v1-0.25-128")
    own, table = read_described(toml_text, csv_text)
    with pytest.raises(InputError) as caught:
        checked(replace(own, idle_power_w=40.0), table)
    assert caught.value.code == "CALIBRATION_ROWS"
    assert "Row 4: " in str(caught.value) and "40 W" in str(caught.value)
    assert checked(replace(own, idle_power_w=3.0), read_table(PLAIN)).idle_power_w == 3.0
    with pytest.raises(
        InputError
    ) as asked:  # joules: powers are off for that reason, which is asked about alone
        checked(replace(own, idle_power_w=3.0), read_table(_units("energy_mj", 1e-3)))
    assert asked.value.code == "CALIBRATION_UNIT"
