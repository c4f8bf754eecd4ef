"""Measurements that somebody brings along: every wrong cell is named, nothing is half-loaded."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.contribution.check import FLAGGED, YOURS, as_csv, check_csv, frame, kernel_macs_m
from data.contribution.findings import MOST_KEPT
from data.contribution.reading import MAX_MEGABYTES
from data.contribution.schema import LEVELS, TABLES, schema, template
from data.dictionary import table
from data.errors import ContributionError

KERNELS = template("kernel")


def changed(old: str, new: str, text: str = KERNELS) -> bytes:
    assert old in text
    return text.replace(old, new, 1).encode()


def places(content: bytes, level: str = "kernel") -> list[tuple[str, str, str]]:
    """Row, column and code of every error, after making sure that nothing is loaded."""
    checked = check_csv(content, level)
    assert not checked.accepted
    assert checked.rows == ()
    return [(each.row, each.column, each.code) for each in checked.findings if each.severity == "error"]


@pytest.mark.parametrize("level", LEVELS)
def test_the_example_file_of_each_level_passes(level: str) -> None:
    checked = check_csv(template(level).encode(), level)
    assert checked.accepted
    assert list(checked.findings) == []
    assert len(checked.rows) == 2


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (changed(",2.2,", ",4000,"), ("2", "avg_power_w", "OUT_OF_RANGE")),
        (changed("38.2", "38.2 mJ"), ("2", "energy_mj", "NOT_A_NUMBER")),
        (changed("38.2", "NaN"), ("2", "energy_mj", "NOT_A_NUMBER")),
        (changed("38.2", "1e999"), ("2", "energy_mj", "OUT_OF_RANGE")),
        (changed("38.2", "-38.2"), ("2", "energy_mj", "OUT_OF_RANGE")),
        (changed("38.2", "0"), ("2", "energy_mj", "OUT_OF_RANGE")),
        (changed("38.2", '"38,2"'), ("2", "energy_mj", "DECIMAL_COMMA")),
        (changed("38.2", '"38,200"'), ("2", "energy_mj", "COMMA_IN_NUMBER")),
        (changed("38.2", ""), ("2", "energy_mj", "EMPTY_CELL")),
        (changed("k-002", "k-001"), ("3", "measurement_id", "DUPLICATE_ID")),
        (changed(",64,", ",64.5,"), ("2", "c_in", "NOT_A_WHOLE_NUMBER")),
        (changed(",64,", ",,"), ("2", "c_in", "INCOMPLETE_CONFIGURATION")),
        (changed("conv-bn-relu", "convolution"), ("2", "kernel", "UNKNOWN_WORD")),
        (changed("fairphone-5", "Fairphone 5"), ("2", "device_id", "NOT_AN_IDENTIFIER")),
        (changed("whole-phone", "the phone"), ("2", "meter_scope", "UNKNOWN_WORD")),
        (changed(",true", ",maybe"), ("2", "idle_included", "NOT_YES_OR_NO")),
        (changed("k-001", "=1+1"), ("2", "measurement_id", "FORMULA")),
        (changed("17.4", "17400"), ("2", "energy_mj", "ENERGY_POWER_TIME")),
        (changed("38.2", "38,2"), ("2", "", "WRONG_NUMBER_OF_CELLS")),
        (changed("energy_mj", "energy_j"), ("1", "energy_mj", "MISSING_COLUMN")),
        (changed("\n", ",extra\n", KERNELS), ("1", "extra", "UNKNOWN_COLUMN")),
        (changed("c_out", "c_in"), ("1", "c_in", "REPEATED_COLUMN")),
        (changed("k-001", '"k-001'), ("3", "", "NOT_CSV")),
        (KERNELS.splitlines()[0].encode(), ("1", "", "NO_ROWS")),
        (b"", ("", "", "EMPTY_FILE")),
        (b"\n \n", ("", "", "EMPTY_FILE")),
        (KERNELS.encode("utf-16"), ("1", "", "ENCODING")),
        (changed("k-001", "k\x00"), ("2", "", "ENCODING")),
        (KERNELS.replace("fairphone", "f\N{LATIN SMALL LETTER E WITH ACUTE}").encode("latin-1"),
         ("2", "device_id", "ENCODING")),
        (KERNELS.replace(",", ";").encode(), ("1", "", "WRONG_DELIMITER")),
        (KERNELS.replace(",", "\t").encode(), ("1", "", "WRONG_DELIMITER")),
    ],
)  # fmt: skip
def test_each_mistake_is_named_by_row_and_column(content: bytes, expected: tuple[str, str, str]) -> None:
    assert expected in places(content)


def test_a_table_with_semicolons_and_decimal_commas_gets_one_full_report() -> None:
    found = places(KERNELS.replace(",", ";").replace("38.2", "38,2").replace("0.71", "0,71").encode())
    assert ("1", "", "WRONG_DELIMITER") in found
    assert ("2", "energy_mj", "DECIMAL_COMMA") in found
    assert ("3", "energy_mj", "DECIMAL_COMMA") in found


def test_a_file_of_200_megabytes_is_refused_without_reading_it() -> None:
    assert places(b"x" * 200_000_000) == [("", "", "TOO_LARGE")]
    assert MAX_MEGABYTES < 200


def test_one_wrong_row_among_many_keeps_all_of_them_out() -> None:
    rows = [KERNELS.splitlines()[1].replace("k-001", f"k-{number}") for number in range(500)]
    rows[321] = rows[321].replace("38.2", "x")
    content = "\n".join([KERNELS.splitlines()[0], *rows]).encode()
    assert places(content) == [("323", "energy_mj", "NOT_A_NUMBER")]


def test_more_mistakes_than_fit_are_counted() -> None:
    row = KERNELS.splitlines()[1].replace("38.2", "x")
    content = "\n".join([KERNELS.splitlines()[0], *[row.replace("k-001", f"k-{n}") for n in range(1500)]])
    findings = check_csv(content.encode(), "kernel").findings
    assert findings.errors == 1500
    assert len(findings.kept) == MOST_KEPT
    assert findings.left_out == 500


def test_a_byte_order_mark_is_said_and_skipped() -> None:
    checked = check_csv(b"\xef\xbb\xbf" + KERNELS.encode(), "kernel")
    assert checked.accepted
    assert [each.code for each in checked.findings] == ["BYTE_ORDER_MARK"]


def test_lines_may_end_as_on_windows_and_blank_lines_do_not_count() -> None:
    checked = check_csv((KERNELS.replace("\n", "\r\n") + "\r\n\r\n").encode(), "kernel")
    assert checked.accepted
    assert len(checked.rows) == 2


def test_what_does_not_quite_fit_together_is_a_warning_and_marks_the_row() -> None:
    checked = check_csv(changed("17.4", "34.8"), "kernel")
    assert checked.accepted
    assert [(each.severity, each.code) for each in checked.findings] == [("warning", "ENERGY_POWER_TIME")]
    rows = frame(checked)
    assert list(rows["correction_ids"].fillna("")) == [FLAGGED, ""]


def test_a_kernel_without_configuration_is_kept_with_a_warning() -> None:
    checked = check_csv(changed("1024,1000", ",", KERNELS.replace("fc,,", "fc,,")), "kernel")
    assert checked.accepted
    assert [each.code for each in checked.findings] == ["NO_CONFIGURATION"]


@pytest.mark.parametrize("level", LEVELS)
def test_accepted_rows_have_the_columns_of_the_bundle_and_are_marked_as_yours(level: str) -> None:
    rows = frame(check_csv(template(level).encode(), level))
    assert {column.name for column in table(TABLES[level]).stored} <= set(rows.columns)
    assert set(rows["source_id"]) == {YOURS}
    assert rows["energy_mj"].gt(0).all()


def test_rows_of_a_refused_file_cannot_be_had() -> None:
    with pytest.raises(ContributionError, match="NOT_ACCEPTED"):
        frame(check_csv(b"", "kernel"))


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ContributionError, match="UNKNOWN_LEVEL"):
        check_csv(b"", "phone")


def test_macs_are_counted_as_in_the_bundle() -> None:
    conv = {"kernel": "conv-bn-relu", "input_hw": 7, "c_in": 3, "c_out": 5, "kernel_size": 3, "stride": 2}
    assert kernel_macs_m(conv) == 4 * 4 * 9 * 3 * 5 / 1e6
    assert kernel_macs_m({**conv, "kernel": "dwconv-bn-relu"}) == 4 * 4 * 9 * 3 / 1e6
    assert kernel_macs_m({"kernel": "fc", "c_in": 1024, "c_out": 1000}) == 1.024
    assert kernel_macs_m({"kernel": "relu", "input_hw": 7, "c_in": 3}) is None
    assert kernel_macs_m({"kernel": "conv-bn-relu"}) is None


def test_energy_above_idle_of_a_board_is_that_of_the_bundle() -> None:
    rows = frame(check_csv(template("board").encode(), "board"))
    assert rows["dynamic_energy_mj"].iloc[0] == pytest.approx(61.5 * (1 - 3.2 / 7.1))


@pytest.mark.parametrize("level", LEVELS)
def test_rows_written_out_pass_the_check_again_unchanged(level: str) -> None:
    first = check_csv(template(level).encode(), level)
    again = check_csv(as_csv(first).encode(), level)
    assert again.accepted
    assert again.rows == first.rows


@given(st.binary(max_size=300))
def test_no_content_raises_and_junk_is_never_accepted(content: bytes) -> None:
    assert not check_csv(content, "application").accepted


NAMES = [each.name for each in schema("application")]


@given(column=st.sampled_from(NAMES), cell=st.text(max_size=12))
def test_any_cell_is_either_a_valid_value_or_keeps_the_file_out(column: str, cell: str) -> None:
    rows = list(csv.DictReader(io.StringIO(template("application"))))
    rows[1][column] = cell
    sink = io.StringIO()
    writer = csv.DictWriter(sink, NAMES, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    checked = check_csv(sink.getvalue().encode("utf-8", "surrogatepass"), "application")
    if checked.accepted:
        assert check_csv(as_csv(checked).encode(), "application").rows == checked.rows
    else:
        assert checked.rows == ()
        assert checked.findings.errors > 0
