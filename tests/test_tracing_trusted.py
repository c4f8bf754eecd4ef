"""Recordings as people's benches write them: the right energy, or a doubt or a refusal that says why.

Every file is written here, and its energy worked out by hand beside it.
"""

from __future__ import annotations

import pytest

from data.tracing import TraceError
from data.tracing.recipe import layout_by, recipe_of, written
from tests.tracing_support import codes, read


def rows(heading: str, *lines: str) -> str:
    """A file of a heading and lines."""
    return "\n".join([heading, *lines]) + "\n"


def each(heading: str, template: str, count: int, **steps: float) -> str:
    """A file whose line k holds k times each step."""
    made = [template.format(k=k, **{name: k * step for name, step in steps.items()}) for k in range(count)]
    return rows(heading, *made)


RIGHT = {
    # what is the whole, and what is a measured value
    "the module's supply before a part of it": (
        each("time_s,VDD_SYS_CPU_mW,VDD_IN_mW", "{k},900,4000", 11), 40.0),
    "now before a running mean, in either order": (
        each("time_s,VDD_IN_AVG_mW,VDD_IN_CUR_mW", "{k},9000,3000", 11), 30.0),
    "parts without a whole are added": (each("time_s,cpu_w,gpu_w,dram_w", "{k},3,10,1", 11), 140.0),
    "one supply in two units is read once": (each("time_s,power_w,power_mw", "{k},2.0,2000", 11), 20.0),
    "a mode is no power": (each("time_s,power_mode,power_w", "{k},7,2.5", 11), 25.0),
    "decibels are no power": (each("time_s,tx_power_dbm,power_mw", "{k},8,500", 11), 5.0),
    "a board's temperature is no device": (each("time_s,power_w,board temperature", "{k},3,4{k}", 9), 24.0),
    "a load of a host is no device": (each("time_s,host_load,power_w", "{k},0.{k},3", 9), 24.0),
    "a duration is no clock": (each("run_time_ms,timestamp,power_w", "2{k},170000000{k},3", 10), 27.0),
    "a frequency is no clock": (each("gpu_clock_mhz,timestamp,power_w", "30{k},170000000{k},3", 10), 27.0),
    "true power beside apparent power": (
        each("timestamp,apower,voltage,current", "17000000{k:02d},10,230,0.09", 31), 300.0),
    # several devices as rows
    "two boards of one computer": (
        rows("timestamp, index, name, power.draw [W]", *(
            f"2024/01/01 00:00:{k:02d}.00{i}, {i}, A, {p}.00 W"
            for k in range(11) for i, p in ((0, 80), (1, 40))
        )), 1200.0),
    "rails that take turns": (
        rows("time_ms,rail,power_mw", *(
            f"{1000 * k},{r},{p}" for k in range(11) for r, p in (("VDD_GPU", 4000), ("VDD_CPU", 1500))
        )), 55.0),
    "rails that take turns, one of which is the whole": (
        rows("time_ms,rail,power_mw", *(
            f"{1000 * k},{r},{p}" for k in range(11) for r, p in (("VDD_GPU", 4000), ("VDD_IN", 6000))
        )), 60.0),
    # units
    "minutes": (each("Time (min),Power (W)", "{t},2.0", 11, t=0.5), 600.0),
    "nanoamperes": (each("time_s,Current [nA],Voltage [V]", "{k},2000000,3.0", 11), 0.06),
    "full-width digits": (
        rows("time_s,power_w", *(f"{chr(0xFF10 + k)},５．５" for k in range(9))), 44.0),
    "grouped as in India": (each("time_s;power_mw", "{k};1,23,456.5", 11), 1234.565),
    "prefixes without a unit": (rows("time,power", *(
        f"{100 * k}ms,{'500m' if k % 2 else '5'}" for k in range(11))), 2.75),
    "spelled out": (each("time_s,power_milliwatts", "{k},250", 11), 2.5),
    "a decimal comma between tabs": (each("Zeit [s]\tLeistung [W]", "{k},0\t2,5", 11), 25.0),
    "a quoted cell with a comma": (
        each('time_s,note,power_w', '{k},"up 1 day, 2:03",4.0', 11), 40.0),
    # dates
    "AM and PM": (
        rows("Time,Power (W)", "01/02/2024 11:59:59 AM,2", "01/02/2024 12:00:00 PM,2",
             "01/02/2024 12:00:01 PM,2"),
        4.0),
    "days first": (
        rows("Time;Power (W)", "31.01.2024 23:59:59;2", "01.02.2024 00:00:00;2",
             "01.02.2024 00:00:01;2"), 4.0),
    "thousandths after a comma": (
        rows("time;power_w", "10:00:00,000;2", "10:00:00,500;2", "10:00:01,000;2"), 2.0),
    "MIDNIGHT": (rows("time,power_w", *(
        f"{'23:59' if k < 5 else '00:00'}:{(55 + k) % 60:02d},3" for k in range(11))), 30.0),
    "the hour that comes twice": (rows("time,power_w", *(
        f"2024-10-27 02:{m:02d}:00,5" for m in [*range(0, 60, 5), *range(0, 60, 5)])), 5.0 * 23 * 300),
    "newest first": (each("time_s,power_w", "{t},3.0", 11, t=-1.0), 30.0),
    # kinds of quantity
    "a counter of microjoules": (each("time_s,package_energy_uj", "{k},{e:.0f}", 11, e=4e6), 40.0),
    "a counter that wraps": (
        rows("time_s,energy_uj", *(f"{k},{(262143328850 - 9_000_000 + 4_000_000 * k) % 262143328850}"
                                   for k in range(11))), 40.0),
    "kilowatt hours": (each("time_s,total_energy_kwh", "{t},{e:.9f}", 11, t=10.0, e=1e-5), 360.0),
    "energy of each interval": (each("time_s,energy_mj", "{t:.1f},300", 11, t=0.1), 3.0),
    "values held until they change": (
        rows("last_changed,power_w", "2024-01-01T00:00:00Z,5", "2024-01-01T00:00:01Z,50",
             "2024-01-01T00:00:02Z,5", "2024-01-01T00:10:02Z,6"), 5 + 50 + 3000.0),
    # formats
    "turbostat": (
        each("Time_Of_Day_Seconds\tCore\tCPU\tBusy%\tPkgWatt\tCorWatt",
             "170000000{k}.5\t-\t-\t30\t12\t9", 10),
        108.0),
    "dmon, whose heading comes again": (
        rows("#Time        gpu   pwr gtemp", "#HH:MM:SS    Idx     W     C", " 10:00:00      0    70    40",
             " 10:00:01      0    70    40", "#Time        gpu   pwr gtemp", "#HH:MM:SS    Idx     W     C",
             " 10:00:02      0    70    40"), 140.0),
    "perf stat": (
        rows("# started on Mon Jan  1 00:00:00 2024", "", *(
            f"     {k}.000100000              12.00 Joules power/energy-pkg/" for k in range(1, 11))), 120.0),
    "JSON lines": (rows(*(f'{{"timestamp": {1700000000 + k}, "power_w": 5.0}}' for k in range(11))), 50.0),
    "an oscilloscope's table": (
        each("x-axis,1,2\nsecond,Volt,Ampere", "{t:.6e},5.0,0.4", 11, t=0.1), 2.0),
    "now, mean and maximum of tegrastats": (
        rows(*(f"01-01-2024 00:00:{k:02d} RAM 1/2MB (lfb 1x4MB) VDD_GPU_SOC 5000mW/1mW/9999mW VDD_CPU_CV "
               f"3000mW/1mW/9999mW VIN_SYS_5V0 2000mW/1mW/9999mW" for k in range(11))), 100.0),
    "Thor": (
        rows(*(f"01-01-2024 00:00:{k:02d} RAM 1/2MB VDD_GPU 3000mW/1mW VIN_SYS_5V0 4000mW/1mW VIN 20000mW/1mW"
               for k in range(11))), 200.0),
    "stamps put before the lines of tegrastats": (
        rows(*(f"Jan 01 00:00:{k:02d} RAM 1/2MB CPU [1%@729] VDD_IN 5000mW/1mW" for k in range(11))), 50.0),
    "one value per rail": (
        rows(*(f"[2024-01-01T00:00:{k:02d}] RAM 1/2MB VDD_IN 5000mW VDD_GPU -39mW" for k in range(11))),
        50.0),
    "stamps of PyMonsoon, which repeat": (
        rows("Time(ms)\tMain(mA)\tMain Voltage(V)", *(f"{k // 15 * 0.003:.9f}\t500\t4" for k in range(1500))),
        2.0 * 1499 / 5000),
}  # fmt: skip
"""Kind -> file, and energy (J) by hand."""


@pytest.mark.parametrize("kind", RIGHT)
def test_the_energy_is_the_one_worked_out_by_hand(kind: str) -> None:
    text, energy_j = RIGHT[kind]
    assert read(text).recording.span().energy_j == pytest.approx(energy_j, rel=1e-3)


DOUBTED = {
    "microseconds since 1970 under ms": (
        each("Time(ms),power_w", "1700000000{k:02d}0000,2.0", 11), 0.2, "TIME_UNIT_CONTRADICTED", 1000.0),
    "milliseconds under s, as a second clock shows": (
        each("DateTime,time_s,power_w", "2024-01-01T00:00:00.{k}00000,{t:.0f},2.0", 10, t=100.0), 1.8,
        "CLOCKS_CONTRADICT", 1000.0),
    "a bare timestamp": (
        each("timestamp,power_w", "{t:.0f},2.0", 11, t=10.0), 0.2, "TIME_UNIT_GUESSED", 1000.0),
    "power against current times voltage": (
        each("time_s,voltage_v,current_ma,power", "{k},5.0,30,150", 11), 1.5,
        "POWER_CONTRADICTS_U_I", 1000.0),
    "milliamperes under uA": (
        each("time_s,current_ua,voltage_mv", "{k},350,4000", 11), 14.0,
        "POWER_IMPLAUSIBLE", 0.001),
    "milliwatts under W": (each("time_s,power_w", "{k},5300", 11), 53.0, "POWER_IMPLAUSIBLE", 1000.0),
    "what is drawn as negative": (
        each("time_s,current_ma,voltage_v", "{k},-350,4.0", 11), 14.0, "SIGN_TURNED", -1.0),
}  # fmt: skip
"""Kind -> file, energy (J) as read, code of the doubt, and how many times as much the other reading is."""


@pytest.mark.parametrize("kind", DOUBTED)
def test_a_guess_is_never_silent(kind: str) -> None:
    text, energy_j, code, factor = DOUBTED[kind]
    reading = read(text)
    assert reading.recording.span().energy_j == pytest.approx(energy_j, rel=1e-3)
    found = next(each for each in reading.doubts if each.doubt.code == code)
    assert found.other_energy_j == pytest.approx(energy_j * factor, rel=1e-3)


FACTORS = {
    # headings and cells after the time, and watts: None where volts times amperes may be apparent power
    "a factor": ("Vrms (V),Irms (A),PF", "230,0.1,0.5", 11.5),
    "percent": ("Voltage (V),Current (mA),Power Factor (%)", "230,100,45", 10.35),
    "by its sign": ("Voltage (V),Current (A),cosφ", "120,0.2,0.6", 14.4),
    "each its own": ("I1 (A),U1 (V),PF1,I2 (A),U2 (V),PF2", "0.1,230,0.5,0.2,230,0.9", 11.5),
    "watts stand beside it": ("Voltage (V),Current (A),Power (W),PF", "230,0.1,10.35,0.45", 10.35),
    "direct current": ("voltage_v,current_a", "12,0.5", 6.0),
    "mains without a factor": ("Voltage (V),Current (A)", "230,0.1", None),
    "means of alternating values": ("Vrms (V),Irms (A)", "46,0.5", None),
    "a factor that is none": ("Voltage (V),Current (A),PF", "230,0.1,45", None),
    "picofarads are no factor": ("Voltage (V),Current (A),C (pF)", "230,0.1,0.5", None),
}  # fmt: skip


@pytest.mark.parametrize("kind", FACTORS)
def test_volts_times_amperes_of_mains_are_watts_only_with_the_power_factor(kind: str) -> None:
    headings, values, power_w = FACTORS[kind]
    text = each(f"time_s,{headings}", f"{{k}},{values}", 11)
    first = read(text).layout.whole[:1]
    reading = read(text, rails=first)
    energy_j = reading.recording.span().energy_j
    if power_w is None:
        assert [judged.doubt.code for judged in reading.doubts] == ["APPARENT_POWER"]
        assert energy_j == pytest.approx(230.0)
        assert reading.doubts[0].other_energy_j == pytest.approx(115.0)
        return
    assert reading.doubts == ()
    assert energy_j == pytest.approx(10 * power_w)
    again = layout_by(text.splitlines(), recipe_of(written(reading.layout, first)))
    assert read(text, layout=again).recording.span().energy_j == pytest.approx(10 * power_w)


def test_a_unit_that_was_confirmed_is_no_longer_doubted() -> None:
    text = DOUBTED["milliwatts under W"][0]
    layout = read(text).layout.with_units({"power_w": "W"})
    reading = read(text, layout=layout)
    assert reading.doubts == ()
    assert reading.recording.span().energy_j == pytest.approx(53_000.0)


REFUSED = {
    "a row per run": (
        "timestamp,run_id,duration,emissions,cpu_power,energy_consumed\n"
        "2024-01-01T00:10:00,a,600,0.002,42.5,0.02\n2024-01-01T01:00:00,b,60,0.0002,42.5,0.002\n",
        "RUNS_NOT_SAMPLES"),
    "stamps that stand still": (each("timestamp,power_w", "1.7E+09,2.0", 30), "TIME_STANDS_STILL"),
    "a power of words": (rows("time_s,power_w", *(f"{k},high" for k in range(9))), "NOT_A_NUMBER"),
    "a power of signs beside a current": (
        rows("time_s,current_a,power_w", *(f"{k},1,?{k}" for k in range(9))), "NOT_A_NUMBER"),
    "minutes or thousandths": (rows("time,power_w", *(f"{k}m,5" for k in range(9))), "NOT_A_NUMBER"),
    "times beyond all clocks": (each("time_s,power_w", "1e300,5", 9), "NOT_A_NUMBER"),
    "more cells than headings": (
        each("time_s,volts,power_w", "0,{k},5,0,2,0", 8), "COLUMNS_DO_NOT_FIT"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_read_rightly_is_refused(kind: str) -> None:
    text, code = REFUSED[kind]
    with pytest.raises(TraceError) as caught:
        read(text)
    assert caught.value.code == code


def test_a_single_absurd_sample_is_named_and_left_out_unless_it_is_kept() -> None:
    lines = [f"{k},{-262128.0 if k == 5 else 15.0}" for k in range(11)]
    text = rows("time_s,power_w", *lines)
    reading = read(text)
    assert reading.recording.span().energy_j == pytest.approx(150.0)
    assert codes(reading)["ABSURD_SAMPLE"] == (7, 1)
    kept = read(text, keep_absurd=True)
    assert kept.recording.span().energy_j == pytest.approx(150.0 - 15.0 - 262128.0)


def test_a_second_run_is_named_and_left_out() -> None:
    text = rows("time_s,power_w", *(f"{k},2" for k in range(11)), *(f"{k},9" for k in range(11)))
    reading = read(text)
    assert reading.recording.span().energy_j == pytest.approx(20.0)
    assert codes(reading)["SECOND_RUN"] == (13, 11)


def test_an_overflow_mark_is_no_power() -> None:
    reading = read(rows("time_s,power_w", "0,2", "1,9.9E37", "2,2", "3,2", "4,2"))
    assert reading.recording.span().energy_j == pytest.approx(8.0)
    assert codes(reading)["OVERFLOW"] == (3, 1)


def test_two_columns_of_one_supply_are_never_added() -> None:
    text = each("time_s,VDD_IN_CUR_mW,VDD_IN_AVG_mW", "{k},5000,1000", 11)
    names = read(text).layout.names
    assert len(set(names)) == 2
    with pytest.raises(TraceError, match="RAILS_OVERLAP"):
        read(text, rails=names)
    assert read(text, rails=names[1:]).recording.span().energy_j == pytest.approx(10.0)


def test_one_of_several_boards_can_be_asked_for() -> None:
    text = RIGHT["two boards of one computer"][0]
    assert read(text, device="1").recording.span().energy_j == pytest.approx(400.0, rel=1e-3)


def test_utf_16_is_read() -> None:
    text = each("time_s,power_w", "{k},2.0", 11)
    assert read(text.encode("utf-16")).recording.span().energy_j == pytest.approx(20.0)


def test_a_micro_sign_in_latin_1_is_one() -> None:
    text = each("Time (s);Current (µA);Voltage (V)", "{k};2000;3.0", 11)
    assert read(text.encode("latin-1")).recording.span().energy_j == pytest.approx(0.06)
