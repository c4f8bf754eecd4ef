"""Each format from a hand-written file, units and rails, and what is wrong with bad files, by line."""

from __future__ import annotations

import gzip
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import DataError
from data.tracing import TraceError, open_trace, read_inferences
from data.tracing.counters import EnergyColumn
from data.tracing.parsing import Parser
from data.tracing.rails import meaning_of, whole_of
from data.tracing.units import cell_value, guessed, measure_of
from tracing_support import codes, read, table

MONSOON = """Time (s),Main Avg Current (mA),Main Avg Voltage (V)
0.0,500,4.0
1.0,500,4.0
2.0,500,4.0
"""

MONSOON_SCRIPT = """Time(ms),Main(mA),Main Voltage(V),
0.0000,500.0,4.0,
0.0002,500.0,4.0,
0.0004,500.0,4.0,
"""

TEGRASTATS = """\
04-27-2026 15:00:54 RAM 779/7620MB (lfb 2x4MB) CPU [0%@1344,off] GR3D_FREQ 0% cpu@50.1C VDD_IN 5000mW/4900mW \
VDD_CPU_GPU_CV 1000mW/990mW VDD_SOC 1500mW/1500mW
04-27-2026 15:00:55 RAM 780/7620MB (lfb 2x4MB) CPU [9%@1344,off] GR3D_FREQ 9% cpu@50.1C VDD_IN 7000mW/5900mW \
VDD_CPU_GPU_CV 3000mW/1990mW VDD_SOC 1500mW/1500mW
"""

_OLD_LINE = (
    "RAM 1276/3956MB (lfb 108x4MB) CPU [5%@1479,0%@1479] EMC_FREQ 0% POM_5V_IN {}/1900 POM_5V_GPU 40/40"
)
TEGRASTATS_OLD = f"{_OLD_LINE.format(2000)}\n{_OLD_LINE.format(4000)}\n"

JTOP = """time,uptime,jetson_clocks,nvp model,CPU1,Temp CPU,Power VDD_CPU_GPU_CV,Power VDD_SOC,Power TOT
2026-04-27 15:00:54.000000,1 day,OFF,MAXN,3,45.5,1000,1500,5000
2026-04-27 15:00:55.000000,1 day,OFF,MAXN,3,45.5,3000,1500,7000
"""

YOKOGAWA = """Model,WT310
Store No.,Date,Time,Millisecond,U-E1,I-E1,P-E1
1,2026/04/27,15:00:54,500,230.0,0.05,10.0
2,2026/04/27,15:00:55,500,230.0,0.05,12.0
"""

PTDAEMON = """Time,04-27-2026 15:00:54.000,Watts,10.0,Volts,230.0,Amps,0.05,PF,0.8,Mark,run
Time,04-27-2026 15:00:55.000,Watts,12.0,Volts,230.0,Amps,0.05,PF,0.8,Mark,run
"""

INA = """timestamp,bus_voltage_V,shunt_voltage_mV,current_mA
1777300000.0,5.0,1.0,1000
1777300001.0,5.0,1.2,1200
"""

GENERIC_MW = "elapsed_ms;power_mw\n0;1500,5\n1000;1500,5\n2000;1500,5\n"


@pytest.mark.parametrize(
    ("text", "format_id", "energy_j", "duration_s"),
    [
        (MONSOON, "monsoon", 4.0, 2.0),
        (MONSOON_SCRIPT, "monsoon", 2.0 * 0.0004, 0.0004),
        (TEGRASTATS, "tegrastats", 6.0, 1.0),
        (TEGRASTATS_OLD, "tegrastats", 3.0, 1.0),
        (JTOP, "jtop", 6.0, 1.0),
        (YOKOGAWA, "yokogawa", 11.0, 1.0),
        (PTDAEMON, "ptdaemon", 11.0, 1.0),
        (INA, "ina", 5.5, 1.0),
        (GENERIC_MW, "generic", 3.001, 2.0),
        ("t_s\tvoltage_v\tcurrent_a\n0\t5\t1\n1\t5\t1\n", "generic", 5.0, 1.0),
        ("time_s power_w\n0 1\n1 3\n", "generic", 2.0, 1.0),
    ],
)
def test_a_format_is_recognised_and_integrated(
    text: str, format_id: str, energy_j: float, duration_s: float
) -> None:
    reading = read(text)
    span = reading.recording.span()
    assert reading.layout.format_id == format_id
    assert span.energy_j == pytest.approx(energy_j)
    assert span.duration_s == pytest.approx(duration_s)
    assert reading.problems == ()


def test_seconds_headed_as_milliseconds_are_noticed() -> None:
    layout = read(MONSOON_SCRIPT).layout
    assert layout.clock.unit == "s"
    assert [doubt.code for doubt in layout.doubts] == ["TIME_UNIT_CONTRADICTED"]
    assert layout.assumed == ("time “Time(ms)” in s",)


def test_a_log_without_stamps_says_what_it_assumes() -> None:
    layout = open_trace(io.BytesIO(TEGRASTATS_OLD.encode()))
    assert layout.assumed
    assert "One line per second" in layout.notes[0]
    assert read(TEGRASTATS_OLD, rate_hz=10.0).recording.duration_s == pytest.approx(0.1)


def test_one_rail_or_a_sum_is_read_on_request() -> None:
    assert read(TEGRASTATS).rails == ("VDD_IN",)
    parts = read(TEGRASTATS, rails=("VDD_CPU_GPU_CV", "VDD_SOC"))
    assert parts.recording.span().energy_j == pytest.approx(2.0 + 1.5)
    with pytest.raises(TraceError, match="no rail VDD_GPU") as refused:
        read(TEGRASTATS, rails=("VDD_GPU",))
    assert refused.value.code == "UNKNOWN_RAIL"


def test_rails_are_known_in_plain_words() -> None:
    assert meaning_of("VDD_IN").is_total
    assert "carrier board" in meaning_of("VDD_IN").meaning
    assert meaning_of("Power VDD_SOC").title == "rest of the chip"
    assert meaning_of("XYZ").title == ""
    assert whole_of(["VDD_SOC", "VDD_IN", "VDD_CPU_GPU_CV"]) == ("VDD_IN",)
    xavier = ["GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"]
    assert whole_of(xavier) == tuple(xavier)
    assert "VDDQ_VDD2_1V8AO" not in whole_of(["VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0", "VDDQ_VDD2_1V8AO"])


@pytest.mark.parametrize(
    ("heading", "quantity", "unit", "stated"),
    [
        ("t_s", "time", "s", True),
        ("receipt_time_us", "time", "us", True),
        ("Time(ms)", "time", "ms", True),
        ("Main(mA)", "current", "mA", True),
        ("power", "power", "W", False),
        ("P-E1", "power", "W", False),
        ("Leistung (mW)", "power", "mW", True),
        ("cpu_w", "power", "W", True),
        ("Voltage [V]", "voltage", "V", True),
        ("Zeit (µs)", "time", "us", True),
    ],
)
def test_headings_name_quantity_and_unit(heading: str, quantity: str, unit: str, stated: bool) -> None:
    found = measure_of(heading)
    assert found is not None
    assert (found.quantity, found.unit, found.stated) == (quantity, unit, stated)


@pytest.mark.parametrize("heading", ["rail_a", "duration_us", "Temp CPU", "shunt_voltage_mV", "RAM", ""])
def test_other_headings_are_left_alone(heading: str) -> None:
    assert measure_of(heading) is None


def test_units_that_are_not_stated_are_guessed_and_confirmed() -> None:
    text = "time,power\n0,1500\n1,1500\n2,1500\n"
    layout = open_trace(io.BytesIO(text.encode()))
    assert layout.assumed == ("time “time” in s", "“power” in mW")
    assert read(text).recording.span().energy_j == pytest.approx(3.0)
    watts = layout.with_units({"power": "W", "time": "ms"})
    assert watts.assumed == ()
    assert read(text, layout=watts).recording.span().energy_j == pytest.approx(3.0)
    with pytest.raises(ValueError, match="no unit of power"):
        layout.with_units({"power": "s"})


def test_times_since_1970_are_known_by_their_size() -> None:
    assert guessed("time", 1.7e9) == ("s", 1.0)
    assert guessed("time", 1.7e15) == ("us", 1e-6)
    assert guessed("time", 12.0) == ("s", 1.0)


def test_cells_of_other_programs_are_understood() -> None:
    assert cell_value("np.float64(1.25)") == (1.25, "")
    assert cell_value("1200 mW") == (1200.0, "mw")
    assert cell_value("1,5", ",") == (1.5, "")
    assert cell_value("abc") is None
    assert np.isnan(cell_value("N/A")[0])  # type: ignore[index]


def test_a_gzipped_file_is_the_same_recording() -> None:
    plain = read(MONSOON).recording.span()
    assert read(gzip.compress(MONSOON.encode())).recording.span() == plain


def test_a_rate_or_a_voltage_stands_in_for_a_missing_column() -> None:
    source = io.BytesIO(b"power_w\n2\n2\n2\n")
    layout = open_trace(source, rate_hz=10.0)
    assert read("power_w\n2\n2\n2\n", layout=layout, rate_hz=10.0).recording.span().energy_j == pytest.approx(
        0.4
    )
    text = "time_s,current_ma\n0,100\n1,100\n"
    layout = open_trace(io.BytesIO(text.encode()), voltage_v=5.0)
    assert read(text, layout=layout).recording.span().energy_j == pytest.approx(0.5)


GOOD = "time_s,power_w\n0,1\n1,1\n2,1\n3,1\n"


@pytest.mark.parametrize(
    ("text", "code", "line", "count"),
    [
        (GOOD + "4,x\n5,1\n", "NOT_A_NUMBER", 6, 1),
        (GOOD + "4,\n5,1\n", "MISSING_VALUE", 6, 1),
        (GOOD + "4,nan\n5,inf\n6,1\n", "MISSING_VALUE", 6, 2),
        (GOOD + "4,1,9\n5,1\n", "WRONG_FIELD_COUNT", 6, 1),
        (GOOD + "2.5,1\n4,1\n5,1\n", "TIME_DECREASING", 6, 1),
        (GOOD + "900,1\n4,1\n5,1\n", "TIME_JUMP", 6, 1),
        ("time_s,power_w\n-1,1\n0,1\n1,1\n", "TIME_NEGATIVE", 2, 1),
        (GOOD + "4,-1\n5,1\n", "NEGATIVE_POWER", 6, 1),
        (GOOD + "4,1000 mW\n5,1\n", "MIXED_UNITS", 6, 1),
        (GOOD + "4", "TRUNCATED_LAST_LINE", 6, 1),
        (GOOD + "time_s,power_w\n4,1\n5,1\n", "REPEATED_HEADING", 6, 1),
        (GOOD + "time_s,current_a,voltage_v\n4,1,5\n5,1,5\n", "SECOND_RECORDING", 6, 3),
        ("device,time_s,power_w\na,0,1\na,1,1\nb,1,9\na,2,1\n", "OTHER_DEVICE", 4, 1),
        (GOOD + "4,\xff\xfe\n5,1\n", "NOT_A_NUMBER", 6, 1),
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_kept(text: str, code: str, line: int, count: int) -> None:
    reading = read(text)
    assert codes(reading)[code] == (line, count)
    assert reading.recording.span().avg_power_w == pytest.approx(1.0, abs=0.7)
    assert f"Line {line}" in reading.problems[0].text


def test_cells_in_another_unit_are_converted() -> None:
    reading = read("time_s,power_w\n0,1\n1,1000 mW\n2,1\n3,1000mW\n")
    assert reading.recording.span().energy_j == pytest.approx(3.0)
    assert reading.skipped_lines == 0


def test_the_other_device_is_read_on_request() -> None:
    text = "device,time_s,power_w\na,0,1\nb,0,5\na,1,1\nb,1,5\n"
    assert read(text).device == "a"
    assert read(text, device="b").recording.span().energy_j == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "EMPTY"),
        (b"\n\n", "EMPTY"),
        (b"hello\nthis is a letter, not a table\n", "NOT_A_TRACE"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "NOT_TEXT"),
        (b"power_w\n1\n2\n", "NO_TIME_COLUMN"),
        (b"0,1\n1,1\n", "NO_TIME_COLUMN"),
        (b"time_s,frames\n0,1\n1,1\n", "NO_POWER_COLUMN"),
        (b"name,age\n1,2\n", "NO_TIME_COLUMN"),
        (b"time_s,power_w\n0,\n1,\n", "NO_SAMPLES"),
        (b"x" + b",x" * 5000 + b"\n" + b"1" + b",1" * 5000 + b"\n", "TOO_MANY_COLUMNS"),
        (b"x" + b",x" * 1_000_000 + b"\n1,2\n", "TOO_MANY_COLUMNS"),
        (gzip.compress(GOOD.encode(), mtime=0)[:12], "BROKEN_FILE"),
    ],
)
def test_what_is_no_recording_is_refused_by_code(data: bytes, code: str) -> None:
    with pytest.raises(TraceError) as refused:
        read(data)
    assert refused.value.code == code
    assert refused.value.message


def test_a_file_that_is_cut_off_while_compressed_is_read_so_far() -> None:
    times = np.arange(60_000) / 1000
    whole = gzip.compress(table(times, 1 + np.random.default_rng(0).random(60_000)).encode())
    reading = read(whole[: len(whole) // 2])
    assert "TRUNCATED_FILE" in codes(reading)
    assert 10_000 < reading.recording.samples < 60_000


def test_lines_are_numbered_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    import data.tracing.reading as module
    from data.tracing.blocks import blocks

    monkeypatch.setattr(module, "blocks", lambda stream, problems: blocks(stream, problems, size=97))
    rows = [f"{at},1" for at in range(200)]
    rows[150] = "150,oops"
    reading = read("time_s,power_w\n" + "\n".join(rows) + "\n")
    assert codes(reading) == {"NOT_A_NUMBER": (152, 1)}
    assert reading.recording.samples == 199
    assert reading.recording.span().energy_j == pytest.approx(199.0)


@pytest.mark.slow
def test_a_long_line_in_the_middle_is_left_out() -> None:
    filler = "".join(f"{at},1\n" for at in range(40_000))
    text = "time_s,power_w\n" + filler + "9" * 500_000 + "\n40000,1\n"
    reading = read(text)
    assert reading.recording.samples >= 40_000
    assert reading.skipped_lines == 1


def test_samples_that_went_to_disk_give_the_same_figures() -> None:
    times = np.arange(30_000) / 100
    text = table(times, 1 + np.sin(times))
    memory, disk = read(text), read(text, memory_bytes=1000)
    assert disk.recording._store._file is not None
    assert disk.recording.span(12.3, 234.5) == memory.recording.span(12.3, 234.5)


def test_an_inference_log_counts_what_it_leaves_out() -> None:
    rows = "0,100,200,100\n1,x,400,1\n2,500,300,1\n3,600,700,100\n4,80"
    text = "inference_index,start_us,end_us,duration_us\n" + rows
    log = read_inferences(io.BytesIO(text.encode()))
    assert log.count == 2
    assert {each.code: each.line for each in log.problems} == {
        "NOT_A_NUMBER": 3,
        "TIME_DECREASING": 4,
        "TRUNCATED_LAST_LINE": 6,
    }


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a,b\n1,2\n", "INFERENCES_COLUMNS"),
        (b"inference_index,start_us,end_us\n", "INFERENCES_EMPTY"),
        (b"\0\0", "INFERENCES_NOT_TEXT"),
    ],
)
def test_what_is_no_inference_log_is_refused_by_code(data: bytes, code: str) -> None:
    with pytest.raises(TraceError) as refused:
        read_inferences(io.BytesIO(data))
    assert refused.value.code == code


def test_other_units_of_a_log_work_too() -> None:
    log = read_inferences(io.BytesIO(b"start_s,duration_ms\n1.0,500\n2.0,500\n"))
    assert log.end_s.tolist() == [1.5, 2.5]


@given(st.binary(max_size=400))
def test_no_bytes_end_in_anything_but_a_coded_error(data: bytes) -> None:
    for content in (data, b"time_s,power_w\n0,1\n" + data, b"inference_index,start_us,end_us\n" + data):
        try:
            read(content)
        except DataError as refused:
            assert refused.code
        try:
            read_inferences(io.BytesIO(content))
        except DataError as refused:
            assert refused.code


CELL = st.one_of(
    st.floats(-10, 1e6).map(str), st.sampled_from(["", "x", "nan", "1e999", "1 mW", '"', "time_s", "-"])
)


@given(st.lists(st.lists(CELL, min_size=1, max_size=4).map(",".join), max_size=12))
def test_every_line_is_read_or_counted(lines: list[str]) -> None:
    filled = [line for line in lines if line.strip()]
    good = "".join(f"{at},1\n" for at in range(60))
    reading = read("time_s,power_w\n" + good + "\n".join(lines) + "\n")
    assert reading.recording.samples + reading.skipped_lines == 60 + len(filled)


def test_energy_is_counted_for_the_devices_that_are_read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column with a value of its own in every row made a counter and a pass over all rows for each."""
    made: list[str | None] = []
    counter = Parser._energy_column

    def noted(self: Parser, column: int, device: str | None) -> EnergyColumn:
        made.append(device)
        return counter(self, column, device)

    monkeypatch.setattr(Parser, "_energy_column", noted)
    rows = "".join(f"{'a' if at < 300 or at % 2 else at},{at},{2 * at}\n" for at in range(2_000))
    reading = read(f"host,time_s,energy_j\n{rows}")
    assert set(made) == {"a"}
    assert reading.recording.span().energy_j == pytest.approx(2.0 * 1_999)
