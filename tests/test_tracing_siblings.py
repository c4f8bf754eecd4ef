"""Recordings of other countries, tools and clocks: siblings of those people sent, energy worked out by hand.

Every file draws 2.5 W for 20 s unless its name says otherwise.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest

from data.tracing import TraceError, read_trace
from data.tracing.doubts import otherwise
from tests.tracing_support import codes, read


def lines(heading: str, cells: Callable[[int], str], count: int = 21) -> str:
    """A file of a heading and numbered lines."""
    return "\n".join([heading, *(cells(k) for k in range(count))]) + "\n"


def of_time(heading: str, factor: float) -> str:
    """A clock in another unit."""
    return lines(f"{heading},power_w", lambda k: f"{k * factor!r},2.5")


def of_power(heading: str, factor: float) -> str:
    """Power in another unit."""
    return lines(f"time_s,{heading}", lambda k: f"{k},{2.5 * factor!r}")


def of_energy(heading: str, factor: float) -> str:
    """A counter of energy in another unit."""
    return lines(f"time_s,{heading}", lambda k: f"{k},{(100 + 2.5 * k) * factor:.12g}")


LANGUAGES = {
    "German": lines("Zeit (s);Leistung (W)", lambda k: f"{k},0;2,5"),
    "German, date and time of day": lines(
        "Datum;Uhrzeit;Leistung [W]", lambda k: f"31.01.2024;12:00:{k:02d};2,5"
    ),
    "German, one stamp": lines("Zeitstempel;Leistung in mW", lambda k: f"31.01.2024 12:00:{k:02d};2500,0"),
    "French": lines("Temps (s);Tension (V);Courant (A)", lambda k: f"{k},0;5,0;0,5"),
    "Spanish": lines("Tiempo (ms);Tensión (V);Corriente (mA)", lambda k: f"{1000 * k};5,0;500,0"),
    "Italian": lines("Tempo (s);Potenza (W)", lambda k: f"{k},0;2,5"),
    "Portuguese": lines("Tempo (s);Potência (W)", lambda k: f"{k},0;2,5"),
    "Chinese": lines("时间,电压(V),电流(A)", lambda k: f"2024-01-31 12:00:{k:02d},5.0,0.5"),
    "Japanese": lines("時刻,電力（W）", lambda k: f"2024/01/31 12:00:{k:02d},2.5"),
    "Russian": lines("Время (s);Мощность (W)", lambda k: f"{k},0;2,5"),
}
NUMBERS = {
    "thousands after a comma, in quotes": lines("time_s,power_mw", lambda k: f'{k},"2,500.0"'),
    "thousands and no fraction": lines("time_s,power_mw", lambda k: f'{k},"2,500"'),
    "German thousands": lines("Zeit (s);Leistung (mW)", lambda k: f"{k};2.500,0"),
    "Swiss thousands": lines("time_s;power_mw", lambda k: f"{k};2'500.0"),
    "French thousands": lines("Temps (s);Puissance (mW)", lambda k: f"{k};2 500,0"),
    "a decimal comma in quotes": lines('"time_s","power_w"', lambda k: f'"{k},0","2,5"'),
}
DATES = {
    "20240131T120001": lambda k: f"20240131T1200{k:02d}",
    "20240131_120001": lambda k: f"20240131_1200{k:02d}",
    "20240131120001": lambda k: f"20240131120{k:03d}",
    "with hyphens only": lambda k: f"2024-01-31-12-00-{k:02d}",
    "RFC 2822": lambda k: f"Wed, 31 Jan 2024 12:00:{k:02d} GMT",
    "date of a shell": lambda k: f"Wed Jan 31 12:00:{k:02d} CET 2024",
    "month first in words": lambda k: f"Jan 31, 2024 12:00:{k:02d} PM",
    "short year": lambda k: f"31-Jan-24 12:00:{k:02d}",
    "German month": lambda k: f"31. Mai 2024 12:00:{k:02d}",
    "in brackets": lambda k: f"[2024-01-31 12:00:{k:02d}]",
    "Chinese": lambda k: f"2024年01月31日 12:00:{k:02d}",
    "minutes and seconds": lambda k: f"00:{k:02d}.5",
    "days passed": lambda k: f"1 days 00:00:{k:02d}.250",
    "LabVIEW's epoch": lambda k: f"{3789547200 + k}.25",
}  # fmt: skip
UNITS = {
    "days": of_time("Time (days)", 1 / 86_400),
    "hundreds of nanoseconds": of_time("timestamp_ticks_100ns", 1e7),
    "hours": of_time("Time (h)", 1 / 3600),
    "deciwatts": of_power("outlet_power_dW", 10),
    "centiwatts": of_power("power_cW", 100),
    "glued": of_power("PowerW", 1),
    "glued with a prefix": of_power("PowermW", 1e3),
    "usage is power": of_power("power_usage", 1),
    "milliwatts half spelled": of_power("GPU0_POWER (mWatts)", 1e3),
    "hwmon": of_power("power1_input", 1e6),
    "hwmon in two files": lines("time,in1_input,curr1_input", lambda k: f"{1706702400 + k},5000,500"),
    "microwatt seconds": of_energy("energy_uws", 1e6),
    "nanojoules": of_energy("energy_nj", 1e9),
    "settings are no power": lines(
        "time_s,tdp_w,power_target_w,rated_power_w,power_w", lambda k: f"{k},65,20,15,2.5"
    ),
    "words run together": lines(
        "timestampMillis,currentMicroAmps,voltageMillivolts",
        lambda k: f"{1706702400000 + 1000 * k},500000,5000",
    ),
}
TOOLS = {
    "Otii": lines('"Timestamp (s)","Main current (A)","Main voltage (V)"', lambda k: f"{k}.000,0.5,5.0"),
    "Otii with semicolons": lines(
        "Timestamp;Main Current (A);Main Voltage (V);Main Energy (J)", lambda k: f"{k},0;0,5;5,0;{2.5 * k}"
    ),
    "a Rigol's table": "X,CH1,CH2,Start,Increment\nSequence,Volt,Amp,-1.0e+00,1.0e-02\n"
    + "".join(f"{k},5.0,0.5,,\n" for k in range(2001)),
    "InfluxDB": "#group,false,false,true,true,false,false,true,true\n#datatype,string,long,dateTime:RFC3339,"
    "dateTime:RFC3339,dateTime:RFC3339,double,string,string\n#default,mean,,,,,,,\n"
    + lines(
        ",result,table,_start,_stop,_time,_value,_field,_measurement",
        lambda k: f",,0,2024-01-31T11:00:00Z,2024-01-31T13:00:00Z,2024-01-31T12:00:{k:02d}Z,2.5,power_w,plug",
    ),
    "a rail of Perfetto": lines(
        '"ts","name","value"', lambda k: f'{k}000000000,"power.rails.cpu",{k * 2.5e6}'
    ),
    "perf with -x and commas": "".join(
        f"{k},000100000;2,50;Joules;power/energy-pkg/;1000000;100,00;;\n" for k in range(1, 21)
    ),
    "perf in German": "".join(f"  {k},000100000   2,50 Joules power/energy-pkg/\n" for k in range(1, 21)),
    "perf with -j": "".join(
        f'{{"interval" : {k}.0001, "counter-value" : "2.500000", "unit" : "Joules", '
        '"event" : "power/energy-pkg/", "pcnt-running" : 100.00}\n'
        for k in range(1, 21)
    ),
    "perf per socket": "".join(
        f"     {k}.000100000 S{s}        1          1.25 Joules power/energy-pkg/\n"
        for k in range(1, 21)
        for s in (0, 1)
    ),
    "turbostat's memory": lines(
        "Time_Of_Day_Seconds\tBusy%\tPkgWatt\tRAMWatt", lambda k: f"{1706702400 + k}.5\t10\t2.0\t0.5"
    ),
    "two sockets and memory": lines(
        "time_s,package-0 energy_uj,package-1 energy_uj,dram energy_uj",
        lambda k: f"{k},{k * 10**6},{k * 10**6},{k * 500_000}",
    ),
    "a list of objects": "[" + ", ".join(f'{{"t": {k}, "power_w": 2.5}}' for k in range(21)) + "]",
    "an object of lists": f'{{"time_s": {list(range(21))}, "power_w": {[2.5] * 21}}}',
    "a series of Prometheus": '{"status": "ok", "data": {"result": [{"metric": {"__name__": "plug_watts"},'
    f' "values": [{", ".join(f"[{1706702400 + k}, {chr(34)}2.5{chr(34)}]" for k in range(21))}]}}]}}}}',
    "a phone in mA and µV": lines(
        "time_ms,current_now,voltage_now", lambda k: f"{1000 * k},500,5000000"
    ),
    "Spring in Europe": lines(
        "timestamp,power_w",
        lambda k: f"2024-03-31 {'01:59' if k < 10 else '03:00'}:{(50 + k) % 60:02d},2.5",
    ),
    "spring in America": lines(
        "timestamp,power_w",
        lambda k: f"2024-03-10 {'01:59' if k < 10 else '03:00'}:{(50 + k) % 60:02d},2.5",
    ),
}  # fmt: skip
STAMPED = {name: lines("timestamp;power_w", lambda k, of=of: f"{of(k)};2.5") for name, of in DATES.items()}  # type: ignore[misc]
KINDS = LANGUAGES | NUMBERS | STAMPED | UNITS | TOOLS


@pytest.mark.parametrize("kind", KINDS)
def test_the_energy_is_fifty_joules(kind: str) -> None:
    assert read(KINDS[kind]).recording.span().energy_j == pytest.approx(50.0, rel=1e-3)


@pytest.mark.parametrize(
    "encoding",
    ("utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "mac_roman"),
)
def test_a_micro_sign_is_read_in_any_encoding(encoding: str) -> None:
    text = lines("Time (s),Current (µA),Voltage (V)", lambda k: f"{k},500000,5.0")
    assert read(text.encode(encoding)).recording.span().energy_j == pytest.approx(50.0)


@pytest.mark.parametrize("ending", ["\r", "\r\n"])
def test_line_ends_of_other_systems_are_read(ending: str) -> None:
    text = lines("Time (s),Power (W)", lambda k: f"{k},2.5").replace("\n", ending)
    assert read(text).recording.span().energy_j == pytest.approx(50.0)


SMALL = {
    "Joulescope's statistics": lines(
        "#time,current,voltage,power,charge,energy,current_min,current_max",
        lambda k: f"{k / 2},0.0002,3.3,0.00066,0,{0.00033 * k},0.0001,0.0003",
    ),
    "Joulescope's samples": lines(
        "time (s),current (A),voltage (V),power (W)", lambda k: f"{k / 2},0.0002,3.3,0.00066"
    ),
    "EnergyTrace": lines(
        "Time (ns),Current (nA),Voltage (mV),Energy (uJ)",
        lambda k: f"{500_000_000 * k},200000,3300,{330 * k}",
    ),
    "EnergyTrace in larger units": lines(
        "Time [s],Current [mA],Voltage [V],Energy [mJ]", lambda k: f"{k / 2},0.2,3.3,{0.33 * k}"
    ),
}


@pytest.mark.parametrize("kind", SMALL)
def test_meters_for_microwatts_are_believed_where_the_file_says_it_twice(kind: str) -> None:
    reading = read(SMALL[kind])
    assert reading.recording.span().energy_j == pytest.approx(0.0066, rel=1e-3)
    assert not reading.doubts


ASKED = {
    "days of a spreadsheet": (
        lines("timestamp,power_w", lambda k: f"{45322.5 + k / 86400:.9f},2.5"), "TIME_UNIT_GUESSED", 50.0),
    "hours and minutes": (
        lines("time;power_w", lambda k: f"12:{k:02d};2.5"), "CLOCK_HOURS_OR_MINUTES", 3000.0),
    "MW meant as mW": (lines("time_s,Power MW", lambda k: f"{k},2500"), "POWER_IMPLAUSIBLE", 50.0),
    "two devices of one name": (
        lines("timestamp, name, power.draw [W]",
              lambda k: f"2024/01/31 12:00:{k // 2:02d}.{100 + k % 2}, RTX, {2 + k % 2} W", 42),
        "ROWS_IN_GROUPS", 51.2505),
    "Monsoon faster than it is": (
        lines("Time (s),Main (mA),Main Voltage (V)", lambda k: f"{k / 20000},500,5.0", 2001),
        "RATE_IMPLAUSIBLE", 0.25),
}  # fmt: skip


@pytest.mark.parametrize("kind", ASKED)
def test_what_a_file_leaves_open_is_asked(kind: str) -> None:
    text, code, energy_j = ASKED[kind]
    reading = read(text)
    assert code in {each.doubt.code for each in reading.doubts}
    assert reading.recording.span().energy_j == pytest.approx(energy_j, rel=1e-3)


OTHER = {
    "days of a spreadsheet": 50.0 / 86_400,
    "hours and minutes": 50.0,
    "MW meant as mW": 5e10,
    "Monsoon faster than it is": 250.0,
}


@pytest.mark.parametrize("kind", OTHER)
def test_the_other_reading_makes_what_was_said_of_it(kind: str) -> None:
    text, code, _ = ASKED[kind]
    reading = read(text)
    judged = next(each for each in reading.doubts if each.doubt.code == code)
    assert judged.other_energy_j == pytest.approx(OTHER[kind], rel=1e-3)
    layout = otherwise(reading.layout, judged.doubt)
    assert layout is not None
    other = read(text, layout=layout)
    assert other.recording.span().energy_j == pytest.approx(OTHER[kind], rel=1e-3)
    assert code not in {each.doubt.code for each in other.doubts}


def test_a_sign_is_turned_back_where_the_reader_says_so() -> None:
    text = lines("time_s,current_ma,voltage_v", lambda k: f"{k},-500,5.0")
    reading = read(text)
    layout = otherwise(reading.layout, reading.doubts[0].doubt)
    assert read(text, layout=layout).recording.span().energy_j == pytest.approx(-50.0)


def test_an_hour_that_clocks_leap_over_is_named() -> None:
    assert codes(read(TOOLS["Spring in Europe"])) == {"CLOCK_FORWARD": (12, 1)}


def test_a_pause_of_an_hour_on_another_day_stays_a_pause() -> None:
    text = TOOLS["Spring in Europe"].replace("2024-03-31", "2024-03-30")
    assert codes(read(text)) == {}
    assert read(text).recording.duration_s == pytest.approx(3620.0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[{"t": 1, "power_w": 2.5}, {"t": 2, ', "NOT_A_TRACE"),
        ("[[[[[[[[[[", "NOT_A_TRACE"),
        (lines("Timestamp(ms),Current(uA),D0-D7", lambda k: f"{k},500,00000000"), "NO_POWER_COLUMN"),
    ],
)
def test_what_lacks_something_is_refused_by_code(text: str, code: str) -> None:
    with pytest.raises(TraceError) as caught:
        read(text)
    assert caught.value.code == code


FALLING = [10.0 - k / 2 for k in range(11)]


def falling(heading: str, values: list[float]) -> str:
    """A table of a second per row with one column of energy."""
    return f"time_s,{heading}\n" + "".join(f"{k},{value!r}\n" for k, value in enumerate(values))


def test_an_energy_that_falls_is_a_batterys_only_where_its_name_says_so() -> None:
    """72.5 J where each row holds its own energy, 5 J where it is what is left."""
    named = ["energy_delta_j", "energy per interval (J)", "interval energy (J)", "consumed energy (J)"]
    for heading in named:
        found = read(falling(heading, FALLING))
        assert (found.recording.span().energy_j, found.doubts) == (pytest.approx(72.5), ()), heading
    for heading in ("remaining energy (J)", "battery (J)", "bat0 energy left (J)"):
        found = read(falling(heading, FALLING))
        assert (found.recording.span().energy_j, found.doubts) == (pytest.approx(5.0), ()), heading
    asked = read(falling("energy (J)", FALLING))
    (doubt,) = asked.doubts
    assert doubt.doubt.code == "ENERGY_FALLS"
    assert (doubt.energy_j, doubt.other_energy_j) == (pytest.approx(72.5), pytest.approx(5.0))
    other = otherwise(asked.layout, doubt.doubt)
    assert other is not None and other.notes != asked.layout.notes
    again = read_trace(io.BytesIO(falling("energy (J)", FALLING).encode()), name="f", layout=other)
    assert (again.recording.span().energy_j, again.doubts) == (pytest.approx(5.0), ())


def test_a_battery_that_is_charged_says_nothing_of_what_is_drawn() -> None:
    now = [4e7 - 2000.0 * k for k in range(21)]
    with pytest.raises(TraceError, match="BATTERY_CHARGES"):
        read(falling("energy_now", now[::-1]))
    assert [each.doubt.code for each in read(falling("battery (J)", [1e3 + k for k in range(9)])).doubts] == [
        "ENERGY_RISES"
    ]
    assert read(falling("battery (J)", [2.5 * k for k in range(9)])).doubts == ()  # counted up from zero
    newest_first = "timestamp,energy_now\n" + "".join(
        f"{1_706_702_400 + k},{now[k]}\n" for k in reversed(range(21))
    )
    assert read(newest_first).recording.span().energy_j == pytest.approx(20 * 2000 * 3.6e-3)
    still = read(falling("energy_now", [4e7] * 21))
    assert still.recording.span().energy_j == 0.0
    corrected = read(falling("energy_now", [*now[:10], now[8], *now[10:]]))  # the gauge goes up once
    assert corrected.recording.span().energy_j == pytest.approx(20 * 2000 * 3.6e-3)
    assert [each.code for each in corrected.problems] == ["BATTERY_ROSE"]


def test_rows_that_hold_lists_are_samples_and_every_series_of_an_answer_is_read() -> None:
    at = 1_706_702_400

    def asked(watts: float, **more: object) -> dict[str, object]:
        return {**more, "columns": ["time", "power_w"], "values": [[at + k, watts] for k in range(21)]}

    box = {"box": [[0, 1], [2, 3]]}
    hosts = [asked(5.0, name="m", tags={"host": "x1"}), asked(2.0, name="m", tags={"host": "x2"})]
    points = [[None, at * 1000], *([2.5, (at + k) * 1000] for k in range(1, 21))]
    documents: dict[str, tuple[object, float, set[str]]] = {
        "rows with boxes": ([{"time_s": k, "power_w": 5.0, **box} for k in range(21)], 100.0, {"power"}),
        "labels and boxes above rows": (
            {"rails": ["a", "b"], **box, "log": [{"time_s": k, "power_w": 5.0} for k in range(21)]},
            100.0,
            {"power"},
        ),
        "two hosts of InfluxDB": ({"results": [{"series": hosts}]}, 100.0, {"X1_M", "X2_M"}),
        "two statements": (
            {"results": [{"series": [asked(5.0, name="cpu")]}, {"series": [asked(2.0, name="gpu")]}]},
            140.0,
            {"CPU", "GPU"},
        ),
        "two questions of Grafana": (
            {
                letter: {"series": [{"name": f"{name} power (W)", "points": points[1:]}]}
                for letter, name in (("A", "cpu"), ("B", "gpu"))
            },
            95.0,
            {"CPU", "GPU"},
        ),
        "a first value that is missing": ([{"target": "power (W)", "datapoints": points}], 47.5, {"power"}),
        "a table beside other pairs": (
            {"data": asked(5.0), "fit": {"points": [[0, 1], [2, 3]]}},
            100.0,
            {"power"},
        ),
    }
    for name, (document, joules, rails) in documents.items():
        found = read(json.dumps(document))
        assert found.recording.span().energy_j == pytest.approx(joules), name
        assert set(found.layout.names) == rails, name
