"""Recordings as tools and instruments really write them: every one draws 2.5 W for 20 s unless it says so."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest

from data.tracing import TraceError, open_trace, read_inferences, read_trace
from data.tracing.recipe import recipe_of, written
from tracing_support import read


def lines(heading: str, cells: Callable[[int], str], count: int = 21) -> str:
    """A file of a heading and numbered lines."""
    return "\n".join([*([heading] if heading else []), *(cells(k) for k in range(count))]) + "\n"


E = 1_706_702_400
"""31 January 2024, 12:00, in seconds since 1970."""


def tenths(cells: str) -> Callable[[int], str]:
    """Rows every tenth of a second."""
    return lambda k: f"{k / 10:.1f},{cells}"


INSTRUMENTS = {
    "Tektronix": "Model,MSO54\nHorizontal Units,s\nSample Interval,0.1\nVertical Units,V,A\n\nLabels,,\n"
    + lines("TIME,CH1,CH2", tenths("5.0,0.5"), 201),
    "Tektronix with the product": "Model,MSO54\nHorizontal Units,s\nVertical Units,V,A,W\n\n"
    + lines("TIME,CH1,CH2,MATH1", tenths("5.0,0.5,2.5"), 201),
    "Siglent": "Record Length,Analog:201\nSample Interval,Analog:0.1\nVertical Units,CH1:V,CH2:A\n"
    + lines("Source,CH1,CH2\nSecond,Volt,Ampere", tenths("5.0,0.5"), 201),
    "Rigol": lines("X,CH1,CH2,Start,Increment,\nSequence,Volt,Ampere,0,1e-1", lambda k: f"{k},5.0,0.5,", 201),
    "PicoScope": lines(
        "Time,Channel A,Channel B\n(ms),(V),(mA)\n", lambda k: f"{100 * k:.6f},5.0,500.0", 201
    ),
    "Keysight data log": "Model,N6705B\nSample interval,0.5\nDate,2024/01/31 12:00:00\n"
    + lines("Sample,Volt avg 1,Curr avg 1", lambda k: f"{k},5.0,0.5", 41),
    "LabVIEW": "LabVIEW Measurement\t\nSeparator\tTab\nX_Columns\tOne\n***End_of_Header***\t\n\t\n"
    "Channels\t2\nY_Unit_Label\tVolts\tAmps\nDelta_X\t1.0\t1.0\n***End_of_Header***\t\t\n"
    + lines("X_Value\tVoltage\tCurrent\tComment", lambda k: f"{k}.0\t5.0\t0.5"),
    "Yokogawa WTViewer": lines(
        "Store No.,Date,Time,Millisecond,Urms-1 [V],Irms-1 [A],P-1 [W],S-1 [VA],LAMBDA-1 []",
        lambda k: f"{k},2024/01/31,12:00:{k:02d},0,230,0.02,2.5,4.6,0.54",
    ),
    "Otii": lines(
        '"Timestamp (s)","Arc Main Current (A)","Arc Main Voltage (V)","Arc Main Power (W)"',
        lambda k: f"{k},0.5,5.0,2.5",
    ),
    "Joulescope": lines(
        "#time,current,voltage,power,charge,energy", lambda k: f"{k},0.5,5.0,2.5,{0.5 * k},{2.5 * k}"
    ),
    "EnergyTrace": lines(
        "Time (ns),Current (nA),Voltage (mV),Energy (0.1uJ)",
        lambda k: f"{k * 10**9},500000000,5000,{25_000_000 * k}",
    ),
    "FNIRSI": lines(
        "timestamp sample_in_packet voltage_V current_A temp_C_ema energy_Ws capacity_As",
        lambda k: f"{1706698800 + k}.0 0 5.0 0.5 25.0 {2.5 * k} {0.5 * k}",
    ),
}


def sensor(k: int) -> str:
    """What a plug with Tasmota publishes."""
    energy = {"TotalStartTime": "2023-01-01T00:00:00", "Total": 1.0, "Power": 2.5, "ApparentPower": 4}
    return json.dumps({"Time": f"2024-01-31T12:00:{k:02d}", "ENERGY": energy})


def adafruit(k: int, stamp: str = "") -> str:
    """What the example of the INA219 library prints."""
    values = ("Bus Voltage:   5.00 V", "Shunt Voltage: 5.00 mV", "Current: 500.00 mA", "Power: 2500.00 mW")
    return "".join(f"{stamp.format(k)}{value}\n" for value in values)


def plist(k: int) -> str:
    """One of the property lists of powermetrics."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">\n<dict>\n'
        "<key>elapsed_ns</key><integer>1000000000</integer>\n<key>processor</key>\n<dict>\n"
        f"<key>cpu_power</key><real>1500</real>\n<key>gpu_power</key><real>{900 + 0 * k}</real>\n"
        "<key>combined_power</key><real>2500</real>\n</dict>\n</dict>\n</plist>\n"
    )


def macos(k: int) -> str:
    """One sample of powermetrics as text."""
    return (
        f"*** Sampled system activity (Wed Jan 31 12:00:{k:02d} 2024 +0100) (1000.00ms elapsed) ***\n\n"
        "CPU Power: 1500 mW\nGPU Power: 900 mW\nANE Power: 100 mW\n"
        "Combined Power (CPU + GPU + ANE): 2500 mW\n\n"
    )


def host(k: int) -> dict[str, object]:
    """One measurement of scaphandre's JSON exporter (microwatts)."""
    consumer = {"exe": "a", "pid": 1, "consumption": 1e6, "timestamp": 1706698800.0 + k}
    return {"host": {"consumption": 2.5e6, "timestamp": 1706698800.0 + k}, "consumers": [consumer]}


LOGS = {
    "MQTT": lines("", lambda k: f"12:00:{k:02d}.123 MQT: tele/plug/SENSOR = {sensor(k)}"),
    "INA219 with Arduino's stamps": "".join(adafruit(k, "12:00:{:02d}.000 -> ") for k in range(21)),
    "names before values": lines(
        "", lambda k: f"Time_ms:{1000 * k},Voltage_V:5.0,Current_mA:500,Power_mW:2500"
    ),
    "ESPHome": lines(
        "", lambda k: f"[12:00:{k:02d}][D][sensor:094]: 'Power': Sending state 2.50000 W with 2 decimals"
    ),
    "ipmitool": lines("", lambda k: f"2024-01-31 12:00:{k:02d} Instantaneous power reading: 2.5 Watts"),
    "powermetrics": "".join(macos(k) for k in range(20)),
    "powermetrics as property lists": "\0".join(plist(k) for k in range(20)),
    "scaphandre": json.dumps([host(k) for k in range(21)]),
    "Grafana": lines('"Time","House"', lambda k: f'"2024-01-31 12:00:{k:02d}","0.0025 kW"'),
    "upower": lines(
        "Time,energy-rate (W),voltage (V),percentage", lambda k: f"2024-01-31 12:00:{k:02d},2.5,11.1,80%"
    ),
    "rocm-smi of two cards": lines(
        "timestamp,device,Average Graphics Package Power (W)",
        lambda k: f"{1706698800 + k},card0,1.0\n{1706698800 + k},card1,1.5",
    ),
    "nvidia-smi by uuid": lines(
        "timestamp, uuid, power.draw [W]",
        lambda k: f"2024/01/31 12:00:{k:02d}.000, GPU-a, 1.00 W\n2024/01/31 12:00:{k:02d}.010, GPU-b, 1.50 W",
    ),
    "dmon of two GPUs without stamps": lines(
        "# gpu    pwr  gtemp     sm\n# Idx      W      C      %",
        lambda k: "    0      1     40      0\n    1    1.5     40      0",
    ),
    "EnergiBridge": lines(
        "Delta,Time,CPU_FREQUENCY_0,CPU_USAGE_0,DRAM_ENERGY (J),PACKAGE_ENERGY (J),PP0_ENERGY (J)",
        lambda k: f"1000,{1706698800000 + 1000 * k},3000,10,{100 + 0.5 * k},{1000 + 2 * k},{500 + k}",
    ),
    "PowerJoular": lines(
        "Date,CPU Utilization,Total Power,CPU Power,GPU Power",
        lambda k: f"2024-01-31 12:00:{k:02d},0.1,2.5,1.5,1.0",
    ),
    "Power Gadget": lines(
        "System Time,RDTSC,Elapsed Time (sec),CPU Frequency_0(MHz),Processor Power_0(Watt),"
        "Cumulative Processor Energy_0(Joules),Cumulative Processor Energy_0(mWh),IA Power_0(Watt)",
        lambda k: f"12:00:{k:02d}:123,{k * 3 * 10**9},{k}.0,2400,2.5,{2.5 * k},{2.5 * k / 3.6:.4f},1.0",
    )
    + "\nTotal Elapsed Time (sec) = 20.0\n\nCumulative Processor Energy_0 (Joules) = 50.0\n",
    "macmon": lines(
        "",
        lambda k: json.dumps(
            {"timestamp": f"2024-01-31T12:00:{k:02d}Z", "cpu_power": 0.7, "gpu_power": 0.2, "sys_power": 2.5}
        ),
    ),
    "Trepn": lines(
        "Time  [ms],Battery Power* [uW] (Raw),Battery Power* [uW] (Delta)",
        lambda k: f"{1000 * k},2500000,100000",
    ),
    "Perfetto's rails": lines(
        "ts,name,value",
        lambda k: (
            f"{10**12 + k * 10**9},power.VSYS_CPU_uws,{1_500_000 * k}\n"
            f"{10**12 + k * 10**9},power.VSYS_GPU_uws,{1_000_000 * k}"
        ),
    ),
}
ALL = INSTRUMENTS | LOGS


@pytest.mark.parametrize("kind", ALL)
def test_the_energy_is_fifty_joules(kind: str) -> None:
    assert read(ALL[kind]).recording.span().energy_j == pytest.approx(50.0, rel=0.01)


@pytest.mark.parametrize(
    ("kind", "sound", "broken"),
    [
        *(("Keysight data log", "\n7,", f"\n{number},") for number in ("\u00b2", "9" * 5000, "7.5")),
        *(("Rigol", "\n7,", f"\n{number},") for number in ("\u00b2", "9" * 5000, "7.5")),
        ("powermetrics", "GPU Power: 900 mW", "GPU Power: 9.0.0 mW"),
        ("powermetrics", "(1000.00ms elapsed)", "(1000.0.0ms elapsed)"),
    ],
)
def test_a_number_that_is_none_costs_its_line_only(kind: str, sound: str, broken: str) -> None:
    """As an exception of `int` or `float` it cost the whole file."""
    found = read(ALL[kind].replace(sound, broken, 1))
    assert found.recording.span().energy_j == pytest.approx(50.0, rel=0.06)
    if kind != "powermetrics":
        assert sum(each.count for each in found.problems) == 1


def test_a_log_of_words_without_stamps_is_read_at_a_rate() -> None:
    text = "".join(adafruit(k) + "\n" for k in range(21))
    assert read(text, rate_hz=1.0).recording.span().energy_j == pytest.approx(50.0)


@pytest.mark.parametrize(
    ("heading", "more"),
    [
        ("Timestamp(ms),Current(uA)", ""),
        ("Timestamp(ms),Current(uA),D0-D7", ",00000000"),
        ("Timestamp(ms),Current(uA),D0,D1,D2,D3,D4,D5,D6,D7", ",0,1,0,0,0,0,0,0"),
    ],
)
def test_a_power_profiler_needs_the_voltage(heading: str, more: str) -> None:
    data = lines(heading, lambda k: f"{1000 * k},500000.0{more}").encode()
    layout = open_trace(io.BytesIO(data), "ppk.csv", voltage_v=5.0)
    assert read(data, layout=layout).recording.span().energy_j == pytest.approx(50.0)


BY_RECIPE = ALL | {
    "a plug that writes changes": "entity_id,state,last_changed\n"
    "sensor.plug_power,10,2024-01-31T12:00:00Z\nsensor.plug_power,0,2024-01-31T12:00:05Z\n"
    "sensor.plug_power,0,2024-01-31T12:00:20Z\n",
    "days first, which only the order tells": lines(
        "Date;Power (W)", lambda k: f"{k + 1:02d}/02/2024 12:00:00;{0.001 * k}", 12
    ),
    "milliseconds in a column": lines(
        "Date,Time,Millisecond,Power (W)",
        lambda k: f"2024/01/31,12:00:{k // 4:02d},{250 * (k % 4)},{1 + k % 3}",
        41,
    ),
}


@pytest.mark.parametrize("kind", BY_RECIPE)
def test_the_recipe_of_what_was_recognised_reads_the_same(kind: str) -> None:
    source = io.BytesIO(BY_RECIPE[kind].encode())
    layout = open_trace(source)
    first = read_trace(source, layout=layout)
    recipe = recipe_of(written(layout, first.rails))
    again = read_trace(source, layout=open_trace(source, recipe=recipe))
    assert again.recording.span().energy_j == pytest.approx(first.recording.span().energy_j)
    assert again.recording.duration_s == pytest.approx(first.recording.duration_s)


def parts(k: int) -> str:
    """One sample of powermetrics that names no sum."""
    return (
        f"*** Sampled system activity (Wed Jan 31 12:00:{k:02d} 2024 +0100) (1000.00ms elapsed) ***\n\n"
        "CPU Power: 1500 mW\nGPU Power: 900 mW\nANE Power: 100 mW\n\n"
    )


def pmic(k: int) -> str:
    """What a Raspberry Pi 5 prints, with stamps put before each line."""
    return "".join(
        f"Jan 31 12:00:{k:02d}      {line}\n"
        for line in ("VDD_CORE_A current(0)=2.0A", "3V3_SYS_A current(1)=0.5A", "VDD_CORE_V volt(2)=0.8V",
                     "3V3_SYS_V volt(3)=1.8V", "EXT5V_V volt(4)=5.1V")
    )  # fmt: skip


SIBLINGS = {
    "a plug with a total of its phases is no jtop": lines(
        "timestamp,a_act_power,b_act_power,total_act_power", lambda k: f"{1706702400 + k},1.0,1.5,2.5"
    ),
    "energy counters that take turns": lines(
        "ts,rail_name,energy_uws",
        lambda k: f"{10**12 + k * 10**9},BIG,{1_500_000 * k}\n{10**12 + k * 10**9},GPU,{1_000_000 * k}",
    ),
    "energy since boot": lines(
        "ts,energy_since_boot,power_rail_name,raw_power_rail_name",
        lambda k: (
            f"{10**12 + k * 10**9},{1_500_000 * k},power.rails.cpu.big,S2M\n"
            f"{10**12 + k * 10**9},{1_000_000 * k},power.rails.gpu,S2S"
        ),
    ),
    "a card that cannot measure its power": lines(
        "timestamp, index, power.draw [W]",
        lambda k: f"2024/01/31 12:00:{k:02d}.000, 0, [N/A]\n2024/01/31 12:00:{k:02d}.000, 1, 2.50 W",
    ),
    "powermetrics without a sum": "".join(parts(k) for k in range(20)),
    "powermetrics of Intel": "".join(
        parts(k).partition("CPU")[0] + "Intel energy model derived package power (CPUs+GT+SA): 2.50W\n\n"
        for k in range(20)
    ),
    "HWiNFO without zeros": lines(
        'Date,Time,"CPU Package Power [W]","CPU [\u00b0C]"', lambda k: f"31.1.2024,9:5:{k}.123,2.5,45"
    ),
    "pmic behind stamps": "".join(pmic(k) for k in range(21)),
    "Rohde & Schwarz": lines("in s,C1 in V,C2 in A", tenths("5.0,0.5"), 201),
    "Rigol, units glued": lines("Time(s),CH1V,CH2A,t0 = 0, tInc = 0.1,", tenths("5.0,0.5,,"), 201),
    "USB meter": lines("Time,VBUS,IBUS,PBUS", lambda k: f"{k},5.0,0.5,2.5"),
    "settings of a supply": lines("Elapsed,Set V,Set A,Meas V,Meas A", lambda k: f"{k},6,3,5.0,0.5"),
    "meters in a list": lines(
        "", lambda k: json.dumps({"unixtime": 1706702400 + k, "meters": [{"power": 2.5, "total": 15 * k}]})
    ),
    "a key of energy beside one of power": lines(
        "",
        lambda k: (
            f"12:00:{k:02d} RSL: STATUS8 = "
            + json.dumps({"StatusSNS": {"Time": f"2024-01-31T12:00:{k:02d}", **json.loads(sensor(k))}})
        ),
    ),
    "a stamp before the topic of MQTT": lines(
        "",
        lambda k: (
            f"2024-01-31 12:00:{k:02d} plug/status/switch:0 "
            + json.dumps({"id": 0, "apower": 2.5, "aenergy": {"total": 10.0, "minute_ts": 1706702400}})
        ),
    ),
    "a history that says its unit": lines(
        "last_changed,entity_id,state,unit_of_measurement",
        lambda k: f"2024-01-31T12:00:{k:02d}Z,sensor.plug_energy,{100 + 2.5 * k / 3.6e6:.9f},kWh",
    ),
    "processor and memory of Power Gadget": lines(
        "Elapsed Time (sec),Processor Power_0(Watt),IA Power_0(Watt),DRAM Power_0(Watt),GT Power_0(Watt)",
        lambda k: f"{k}.0,2.0,1.0,0.5,0.3",
    ),
    "two supplies of a server's processor": lines(
        "Time,CPU Power (uW),IO Power (uW)", lambda k: f"{1706702400 + k},1500000,1000000"
    ),
}


@pytest.mark.parametrize("kind", SIBLINGS)
def test_siblings_are_read_as_their_tools_mean_them(kind: str) -> None:
    assert read(SIBLINGS[kind]).recording.span().energy_j == pytest.approx(50.0, rel=0.01)


EXPORTS = {
    "iio of Linux": lines(
        "timestamp_ns,in_voltage1_input,in_current3_input", lambda k: f"{(E + k) * 10**9},5000,500"
    ),
    "a profiler's voltage of its source": lines(
        "timestamp_us,current_ua,source_voltage_mv", lambda k: f"{k * 10**6},500000,5000"
    ),
    "volts and amperes of direct current": lines(
        "Scan,Time,101 (VDC),102 (ADC)", lambda k: f"{k},01/31/2024 12:00:{k:02d}:123,5.0,0.5"
    ),
    "sigrok": "; CSV generated by libsigrok\n" + lines("Seconds,V DC,A DC", lambda k: f"{k}.0,5.0,0.5"),
    "Tektronix with semicolons": "Model;MSO54\nHorizontal Units;s\nVertical Units;V;A\n\n"
    + lines("TIME;CH1;CH2", lambda k: f"{k},0;5,0;0,5"),
    "series of two rails": json.dumps({"data": {"result": [
        {"metric": {"__name__": "rail_watts", "rail": rail}, "values": [[E + k, watts] for k in range(21)]}
        for rail, watts in (("cpu", "1.5"), ("gpu", "1.0"))
    ]}}),
    "Grafana's pairs, time last": json.dumps(
        [{"target": "board_power_w", "datapoints": [[2.5, (E + k) * 1000] for k in range(21)]}]
    ),
    "columns and rows": json.dumps({"series": [{"columns": ["time", "watts", "volts"], "values": [
        [f"2024-01-31T12:00:{k:02d}Z", 2.5, 5.0] for k in range(21)]}]}),
    "columns of pandas": json.dumps({
        "time_s": {str(k): k for k in range(21)}, "power_w": {str(k): 2.5 for k in range(21)}}),
    "points of InfluxDB": lines(
        "", lambda k: f"rail,rail=cpu watts=1.5 {(E + k) * 10**9}\nrail,rail=gpu watts=1i {(E + k) * 10**9}"
    ),
    "amd-smi, units apart": lines(
        " TIMESTAMP  GPU  POWER  GPU_T", lambda k: f"{E + k}  0  2.5 W  40 \u00b0C"
    ),
    "a unit as a column": lines("time_s power unit", lambda k: f"{k} 2.5 W"),
    "a phase called A": lines("time_s phase power_w", lambda k: f"{k} A 2.5"),
    "intel_gpu_top": " Freq MHz      IRQ RC6     Power W\n req  act       /s   %   gpu   pkg\n"
    + lines("", lambda k: " 300  300       10  50  0.50  2.50"),
    "a package and its parts": lines(
        "timestamp,cpu_watts,gpu_watts,package_watts", lambda k: f"{E + k},1.5,0.9,2.5"
    ),
    "dates without a heading": lines(
        '"","Channel 1 Ave. (W)"', lambda k: f'"2024-01-31T12:00:{k:02d}+00:00",2.5'
    ),
    "energy left in a battery": lines(
        "timestamp,energy_now", lambda k: f"{E + k},{4e7 - 2.5 * k / 3.6e-3:.6f}"
    ),
    "what remains in mWh": lines(
        "Time (s),Remaining energy (mWh)", lambda k: f"{k},{4e4 - 2.5 * k / 3.6:.6f}"
    ),
    "energy of minutes under total": lines(
        "timestamp,total_energy_j", lambda k: f"{E + k},{2.0 + k % 2}"
    ),
    "a typographer's minus": lines("time_s,current_ma,voltage_v", lambda k: f"{k},\u2212500,5.0"),
    "a zone by name": lines("Time,Power (W)", lambda k: f"2024-01-31 12:00:{k:02d} CET,2.5"),
    "a time of day in dots": lines("Zeit;Leistung (W)", lambda k: f"31.01.2024 12.00.{k:02d};2,5"),
    "a battery's files": lines(
        "time_s,POWER_SUPPLY_CURRENT_NOW,POWER_SUPPLY_VOLTAGE_NOW", lambda k: f"{k},500000,5000000"
    ),
    "a battery's files, printed one after the other": "".join(
        f"{E + k}\nPOWER_SUPPLY_STATUS=Discharging\nPOWER_SUPPLY_VOLTAGE_NOW=5000000\n"
        "POWER_SUPPLY_CURRENT_NOW=-500000\n" for k in range(21)
    ),
    "dumpsys in a loop": "".join(
        f"2024-01-31 12:00:{k:02d}\nCurrent Battery Service state:\n  AC powered: false\n  level: 80\n"
        "  voltage: 5000\n  technology: Li-ion\n  current now: -500000\n" for k in range(21)
    ),
    "a history of power beside voltage": "entity_id,state,last_changed\n"
    + lines(
        "",
        lambda k: "".join(
            f"sensor.plug_{name},{value},2024-01-31T12:00:{k:02d}Z" + "\n" * (name == "power")
            for name, value in (("power", 2.5), ("voltage", 230))
        ),
    ),
    "a history of kilowatt hours": "entity_id,state,last_changed\n"
    + lines("", lambda k: f"sensor.plug_energy,{10 + 2.5 * k / 3.6e6:.10f},2024-01-31T12:00:{k:02d}Z"),
    "volts that are millivolts": lines("time_s,current_a,voltage_v", lambda k: f"{k},0.5,5000"),
}  # fmt: skip


def test_exports_of_instruments_and_databases_are_read() -> None:
    found = {
        name: read(text, rate_hz=1.0 if name == "intel_gpu_top" else None) for name, text in EXPORTS.items()
    }
    joules = {name: reading.recording.span().energy_j for name, reading in found.items()}
    assert joules == {name: pytest.approx(50.0, rel=5e-3) for name in EXPORTS}
    asked = {name for name, reading in found.items() if reading.doubts or reading.layout.assumed}
    assert {"dumpsys in a loop", "a battery's files", "volts that are millivolts"} <= asked
    with pytest.raises(TraceError, match="NOT_A_TRACE"):
        read(json.dumps({"a": {"b": [1, 2, 3]}}))


def test_current_and_voltage_of_one_channel_of_hwmon_go_together() -> None:
    found = read(
        lines(
            "time_ns,in1_input,curr1_input,in2_input,curr2_input", lambda k: f"{k}000000000,5000,100,2000,900"
        )
    )
    assert set(found.layout.names) == {"CHANNEL_1", "CHANNEL_2"}
    assert found.layout.rail("CHANNEL_2").channels[1].heading == "in2_input"
    assert found.recording.span().energy_j == pytest.approx(10.0)


INFERENCES = {
    "seconds without a unit": lines(
        "start,end", lambda k: f"{1706702400 + k / 10:.2f},{1706702400.03 + k / 10:.2f}"
    ),
    "dates": lines(
        "start_time,end_time",
        lambda k: f"2024-01-31T12:00:0{k // 10}.{k % 10}00,2024-01-31T12:00:0{k // 10}.{k % 10}30",
    ),
    "nanoseconds": lines("run,t_start_ns,t_end_ns", lambda k: f"{k},{k * 10**8},{k * 10**8 + 3 * 10**7}"),
    "other words": lines("iteration,begin_s,finish_s", lambda k: f"{k},{k / 10},{k / 10 + 0.03:.2f}"),
    "decimal commas": lines(
        "Start (s);Ende (s)", lambda k: f"{k / 10};{k / 10 + 0.03:.2f}".replace(".", ",")
    ),
    "tabs": lines("start_s\tend_s", lambda k: f"{k / 10}\t{k / 10 + 0.03:.2f}"),
    "words run together": lines("StartTimeMs,EndTimeMs", lambda k: f"{100 * k},{100 * k + 30}"),
    "an end and a latency": lines("end_s,latency_ms", lambda k: f"{k / 10 + 0.03:.2f},30"),
    "JSON lines": lines("", lambda k: f'{{"start": {k / 10}, "end": {k / 10 + 0.03:.2f}}}'),
    "times that trtexec exports": json.dumps(
        [
            {"startH2dMs": 100.0 * k, "endH2dMs": 100.0 * k + 1, "startComputeMs": 100.0 * k + 1,
             "endComputeMs": 100.0 * k + 29, "startD2hMs": 100.0 * k + 29, "endD2hMs": 100.0 * k + 30,
             "computeMs": 28.0, "latencyMs": 30.0}
            for k in range(21)
        ]
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", INFERENCES)
def test_a_log_of_inferences_is_read_in_the_words_of_its_tool(kind: str) -> None:
    log = read_inferences(io.BytesIO(INFERENCES[kind].encode()))
    assert log.count == 21
    assert (log.end_s - log.start_s).tolist() == pytest.approx([0.03] * 21, abs=1e-5)
    assert (log.start_s[20] - log.start_s[0]) == pytest.approx(2.0)


def test_what_a_log_of_inferences_leaves_open_is_said() -> None:
    text = lines("timestamp,latency", lambda k: f"{1706702400 + k / 10:.2f},30")
    log = read_inferences(io.BytesIO(text.encode("utf-16")))
    assert [each.code for each in log.problems] == ["LOG_UNIT_GUESSED", "LOG_STAMP"]
    assert (log.end_s - log.start_s).tolist() == pytest.approx([0.03] * 21, abs=1e-5)
