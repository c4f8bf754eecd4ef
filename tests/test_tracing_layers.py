"""Energy per layer from a profiler log beside a recording: measured where samples suffice, else by time."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.tracing import Recording, TraceError, summarise
from data.tracing.layers import BY_SHARE, MEASURED, layer_energies, layers_noted
from data.tracing.overlay import overlay
from data.tracing.profiles import Profile, read_profile

RUNS = 40
LAYERS = (
    ("conv1", "Conv", 0.0, 0.03, 5.0),
    ("pool", "MaxPool", 0.03, 0.04, 2.0),
    ("fc", "Gemm", 0.04, 0.1, 3.0),
)
"""Name, operator, begin and end within an inference of 100 ms (s), power (W) above 1 W of idle."""


def ort(late_s: float = 0.0, **more: Any) -> bytes:
    """A profile of 40 inferences, one every 200 ms from 2 s on."""
    events: list[dict[str, Any]] = [{"cat": "Session", "name": "session_initialization", "dur": 9, "ts": 1}]
    for run in range(RUNS):
        begin = 2.0 + 0.2 * run + late_s
        events.append({"cat": "Session", "name": "model_run", "ts": round(begin * 1e6), "dur": 100_000})
        events += [
            {"cat": "Node", "name": f"{name}_kernel_time", "ts": round((begin + low) * 1e6),
             "dur": round((high - low) * 1e6), "args": {"op_name": operator}}
            for name, operator, low, high, _ in LAYERS
        ]  # fmt: skip
        events.append({"cat": "Node", "name": "conv1_fence_before", "ts": round(begin * 1e6), "dur": 5})
    return json.dumps(events, **more).encode()


def recording(rate_hz: float) -> Recording:
    times = np.arange(round(12 * rate_hz)) / rate_hz
    power = np.ones(len(times))
    phase = (times - 2.0) % 0.2
    for _, _, low, high, watts in LAYERS:
        power[(times >= 2.0) & (times < 2.0 + 0.2 * RUNS) & (phase >= low) & (phase < high)] += watts
    return Recording.of(times, power)


def energies(profile: Profile, rate_hz: float) -> tuple[Any, ...]:
    rec = recording(rate_hz)
    assert profile.log is not None
    summary = summarise(rec, log=profile.log)
    return layer_energies(profile, rec, summary.alignment, summary.inferences, summary.idle.power_w)


def test_layers_with_samples_enough_are_measured() -> None:
    found = energies(read_profile(io.BytesIO(ort())), 5000.0)
    assert [each.method for each in found] == [MEASURED] * 3
    for each, (_, _, low, high, watts) in zip(found, LAYERS, strict=True):
        assert each.energy_mj == pytest.approx(1000 * (high - low) * (watts + 1.0), rel=0.02)
        assert each.above_idle_mj == pytest.approx(1000 * (high - low) * watts, rel=0.02)
        assert each.layer.time_ms == pytest.approx(1000 * (high - low))
        assert each.layer.calls == 1.0


def test_a_profile_on_another_clock_is_placed_on_the_recording() -> None:
    found = energies(read_profile(io.BytesIO(ort(late_s=1000.0))), 5000.0)
    assert found[0].energy_mj == pytest.approx(180.0, rel=0.02)


def test_a_layer_shorter_than_a_sample_gets_what_is_left_by_time() -> None:
    found = energies(read_profile(io.BytesIO(ort())), 50.0)  # 20 ms between samples, pool takes 10 ms
    assert [each.method for each in found] == [MEASURED, BY_SHARE, MEASURED]
    assert sum(each.energy_mj for each in found) == pytest.approx(180 + 30 + 240, rel=0.05)


def test_a_profile_without_stamps_shares_out_the_energy_of_an_inference_by_time() -> None:
    text = json.dumps(
        [{"count": 40}, *({"name": n, "averageMs": 1000 * (h - lo)} for n, _, lo, h, _ in LAYERS)]
    )
    profile = read_profile(io.BytesIO(text.encode()))
    rec, log = recording(5000.0), read_profile(io.BytesIO(ort())).log
    assert log is not None
    summary = summarise(rec, log=log)
    found = layer_energies(profile, rec, None, summary.inferences, summary.idle.power_w)
    assert {each.method for each in found} == {BY_SHARE}
    assert found[0].energy_mj == pytest.approx(0.3 * 450.0, rel=0.02)
    assert "No layer has 10 samples" in layers_noted(found, profile)[0]


TFLITE = """Running benchmark for at least 50 iterations
Inference timings in us: Init: 3, First inference: 9, Warmup (avg): 8, Inference (avg): 7
Timings (microseconds): count=50 first=4094 curr=4060 min=4020 max=4300 avg=4100 std=20
Operator-wise Profiling Info for Regular Benchmark Runs:
============================== Run Order ==============================
\t             [node type]\t  [first]\t [avg ms]\t     [%]\t  [cdf%]\t  [mem KB]\t[times called]\t[Name]
\t                 CONV_2D\t    3.100\t    3.000\t 75.0%\t 75.0%\t     0.000\t        1\t[net/conv]:0
\t                 SOFTMAX\t    1.100\t    1.000\t 25.0%\t100.0%\t     0.000\t        1\t[net/softmax]:1

============================== Top by Computation Time ==============================
\t             [node type]\t  [first]\t [avg ms]\t     [%]\t  [cdf%]\t  [mem KB]\t[times called]\t[Name]
\t                 CONV_2D\t    3.100\t    3.000\t 75.0%\t 75.0%\t     0.000\t        1\t[net/conv]:0
"""


OLDER = TFLITE.replace("[first]", "[start]\t  [first]").replace("\t    3.1", "\t 0.0\t    3.1")
CSV = """node type, first, avg_ms, %, cdf%, mem KB, times called, name
CONV_2D, 3.1, 3.0, 75%, 75%, 0, 1, net/conv
SOFTMAX, 1.1, 1.0, 25%, 100%, 0, 1, net/softmax
count=50
"""


@pytest.mark.parametrize(
    "text", [TFLITE, OLDER.replace("\t    1.1", "\t 0.0\t    1.1"), CSV], ids=["now", "older", "csv"]
)
def test_the_tables_of_benchmark_model_are_read(text: str) -> None:
    profile = read_profile(io.BytesIO(text.encode()))
    assert [(each.operator, each.time_ms) for each in profile.layers] == [("CONV_2D", 3.0), ("SOFTMAX", 1.0)]
    assert profile.runs == 50 and profile.log is None and profile.time_ms == 4.0


def test_a_profile_that_ends_in_the_middle_is_read_up_to_there() -> None:
    text = ort(separators=(",", ":")).decode().replace("},{", "},\n{")
    profile = read_profile(io.BytesIO(text[: len(text) * 9 // 10].encode()))
    assert [each.name for each in profile.layers] == ["conv1", "pool", "fc"]


def test_what_holds_other_nodes_is_not_counted_twice() -> None:
    events = json.loads(ort())
    events.append(
        {
            "cat": "Node",
            "name": "loop_kernel_time",
            "ts": 2_000_000,
            "dur": 90_000,
            "args": {"op_name": "Loop"},
        }
    )
    profile = read_profile(io.BytesIO(json.dumps(events).encode()))
    assert "loop" not in {each.name for each in profile.layers}
    assert "loop" in profile.notes[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("hello\n", "PROFILE_UNKNOWN"),
        ("{}", "PROFILE_UNKNOWN"),
        ('[{"count": 3}, {"timeMs": 1}]', "PROFILE_EMPTY"),
        ('[{"cat": "Node", "name": 3}]', "PROFILE_EMPTY"),
        ("[" * 5000, "PROFILE_UNKNOWN"),
    ],
)
def test_what_is_no_profile_is_refused_by_code(text: str, code: str) -> None:
    with pytest.raises(TraceError) as caught:
        read_profile(io.BytesIO(text.encode()))
    assert caught.value.code == code


@pytest.mark.slow
def test_the_command_lists_the_layers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from data.__main__ import main

    times, powers = recording(1000.0).arrays()
    lines = "".join(f"{t:.4f},{p:.3f}\n" for t, p in zip(times.tolist(), powers.tolist(), strict=True))
    (tmp_path / "power.csv").write_text("time_s,power_w\n" + lines)
    (tmp_path / "profile.json").write_bytes(ort())
    main(
        [
            "trace",
            str(tmp_path / "power.csv"),
            "--profile",
            str(tmp_path / "profile.json"),
            "--format",
            "json",
        ]
    )
    layers = json.loads(capsys.readouterr().out)["layers"]
    assert [each["method"] for each in layers] == ["measured"] * 3
    assert layers[2]["energy_mj"] == pytest.approx(240.0, rel=0.03)
    (tmp_path / "trt.json").write_text('[{"count": 2}, {"name": "a", "averageMs": 1.0}]')
    main(["trace", str(tmp_path / "power.csv"), "--profile", str(tmp_path / "trt.json")])
    assert "PROFILE_WITHOUT_LOG" in capsys.readouterr().err


def test_inferences_laid_over_each_other_show_what_each_part_draws() -> None:
    log = read_profile(io.BytesIO(ort())).log
    assert log is not None
    found = overlay(recording(5000.0), log)
    assert found is not None and found.count == RUNS
    at = {name: 500.0 * (low + high) for name, _, low, high, _ in LAYERS}
    power = np.interp([at["conv1"], at["pool"], at["fc"]], found.time_ms, found.mean_w)
    assert power == pytest.approx([6.0, 3.0, 4.0], rel=0.02)
    assert (found.low_w <= found.mean_w + 1e-9).all() and (found.high_w >= found.mean_w - 1e-9).all()
    assert found.energies_mj == pytest.approx(np.full(RUNS, 450.0), rel=0.02)


def test_a_slow_meter_shows_no_course_and_a_middling_one_no_single_energies() -> None:
    log = read_profile(io.BytesIO(ort())).log
    assert log is not None
    assert overlay(recording(20.0), log) is None
    found = overlay(recording(100.0), log)
    assert found is not None and not len(found.energies_mj)


def test_times_that_are_no_numbers_are_left_out_and_said() -> None:
    head = "node type\tavg ms\tname\ttimes called\n"
    odd = "".join(f"CONV\t{ms}\tx{ms}\t1\n" for ms in ("nan", "inf", "-5", "1e308"))
    text = f"count={'9' * 6_000}\ncount=7\n{head}{odd}CONV\t1.5\tgood\t1\nCONV\t1\ty\tnan\n"
    profile = read_profile(io.BytesIO(text.encode()))
    assert [(each.name, each.time_ms) for each in profile.layers] == [("good", 1.5)]
    assert profile.runs == 7
    assert [note.values["n"] for note in profile.notes] == [5]
