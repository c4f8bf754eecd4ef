"""The pictures of an estimate, from plain frames: what is drawn is what the frame holds."""

from __future__ import annotations

import pandas as pd
import pytest

from app.charts.base import plain
from app.charts.device_intervals import device_intervals
from app.charts.kernel_bars import CROWDED, kernel_bars, kind_share
from app.charts.power_steps import power_steps
from app.estimate.frames import kernel_frame, kind_frame, power_frame
from estimate_support import HOSTILE, estimate, four_kernels, kernel, part
from predictors.model.kernels import KernelKind
from predictors.results.estimates import Evidence

KERNELS = kernel_frame(four_kernels())


def test_a_bar_per_kernel_in_execution_order_with_its_interval() -> None:
    bars = [trace for trace in kernel_bars(KERNELS).data if trace.type == "bar"]
    heights = {
        int(x): (y, y + up, y - down)
        for trace in bars
        for x, y, up, down in zip(
            trace.x, trace.y, trace.error_y.array, trace.error_y.arrayminus, strict=True
        )
    }
    assert heights[0] == pytest.approx((50.0, 60.0, 40.0))
    assert sorted(heights) == [0, 1, 2, 3]
    assert {trace.width for trace in bars} == {0.85}


def test_one_colour_per_family_and_one_legend_entry_each() -> None:
    bars = kernel_bars(KERNELS).data
    assert len({trace.marker.color for trace in bars}) == len(bars) == 3
    assert {trace.name for trace in bars} >= {"convolution", "fully connected, matrix products"}


def test_the_selected_kernel_alone_is_outlined() -> None:
    widths = {
        int(x): width
        for trace in kernel_bars(KERNELS, selected=2).data
        for x, width in zip(trace.x, trace.marker.line.width, strict=True)
    }
    assert [index for index, width in widths.items() if width] == [2]


def test_approximated_kernels_are_hatched_and_missing_ones_crossed() -> None:
    made = estimate(
        part(kernel(0, KernelKind.CONV), 5.0, 1.0),
        part(kernel(1, KernelKind.FC), 5.0, 1.0, Evidence.APPROXIMATED),
        part(kernel(2, KernelKind.UNSUPPORTED), 0.0, 0.0, Evidence.UNSUPPORTED),
    )
    conv, fully, missing = kernel_bars(kernel_frame(made)).data
    assert (list(conv.marker.pattern.shape), list(fully.marker.pattern.shape)) == ([""], ["/"])
    assert (missing.marker.symbol, list(missing.x)) == ("x", [2])


def test_small_energies_get_a_fitting_unit() -> None:
    made = estimate(part(kernel(0, KernelKind.CONV), 0.002, 0.001))
    figure = kernel_bars(kernel_frame(made))
    assert figure.layout.yaxis.title.text == "Energy (µJ)"
    assert list(figure.data[0].y) == pytest.approx([2.0])


def test_whiskers_make_room_where_bars_are_many() -> None:
    many = range(CROWDED + 1)
    made = estimate(*(part(kernel(i, KernelKind.FC), 1.0, 1.0, Evidence.APPROXIMATED) for i in many))
    crowded = kernel_bars(kernel_frame(made)).data[0]
    assert crowded.error_y.visible is False
    assert set(crowded.marker.pattern.shape) == {""}
    assert kernel_bars(KERNELS).data[0].error_y.visible is True


def test_names_from_a_file_are_shown_as_they_are() -> None:
    assert plain(HOSTILE) == "&lt;b&gt;x&lt;/b&gt;&amp;*_[a](b)$1$"
    assert plain("a\nb\x00") == "a?b?"
    assert len(plain("x" * 500)) == 48
    for figure in (kernel_bars(KERNELS), power_steps(power_frame(KERNELS))):
        assert "<b>x</b>" not in figure.to_json().replace("\\u003c", "<").replace("\\u003e", ">")


def test_types_are_drawn_largest_first_with_their_share() -> None:
    figure = kind_share(kind_frame(KERNELS))
    bars = figure.data[0]
    assert list(bars.x) == pytest.approx([80.0, 15.0, 5.0])
    assert list(bars.text) == ["80 %", "15 %", "5.0 %"]
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.xaxis.range[0] == 0


def test_the_steps_have_the_energy_as_area_and_touch_each_other() -> None:
    figure = power_steps(power_frame(KERNELS))
    bars = [trace for trace in figure.data if trace.type == "bar"]
    area = sum(w * y for trace in bars for w, y in zip(trace.width, trace.y, strict=True))
    assert area == pytest.approx(100.0)  # ms * W = mJ
    ends = sorted((x - w / 2, x + w / 2) for trace in bars for x, w in zip(trace.x, trace.width, strict=True))
    assert [end for _, end in ends[:-1]] == pytest.approx([start for start, _ in ends[1:]])
    assert ends[-1][1] == pytest.approx(50.0)


def test_the_idle_floor_is_drawn_where_it_is_known() -> None:
    assert not [trace for trace in power_steps(power_frame(KERNELS)).data if "idle" in (trace.name or "")]
    [floor] = [
        trace for trace in power_steps(power_frame(KERNELS), 1.25).data if "idle" in (trace.name or "")
    ]
    assert floor.name == "idle board 1.25 W"
    assert list(floor.y) == [1.25, 1.25]


def _targets(*energies: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "target_id": [f"t{i}" for i in range(len(energies))],
            "device_id": ["raspberry-pi-4"] * len(energies),
            "label": [f"Device {i} <i>" for i in range(len(energies))],
            "energy_mj": energies,
            "energy_mj_low": [0.9 * each for each in energies],
            "energy_mj_high": [1.1 * each for each in energies],
            "latency_ms": [1.0] * len(energies),
            "evidence": ["predicted"] * len(energies),
            "scope": "board-wall",
        }
    )


def test_devices_keep_their_order_and_the_chosen_one_stands_out() -> None:
    figure = device_intervals(_targets(10.0, 20.0, 30.0), chosen="t1")
    dots = figure.data[0]
    assert list(dots.x) == [10.0, 20.0, 30.0]
    assert list(dots.y) == [0, 1, 2]
    assert list(dots.marker.symbol) == ["circle", "diamond", "circle"]
    assert [note.text for note in figure.layout.annotations] == [
        "Device 0 &lt;i&gt;",
        "<b>Device 1 &lt;i&gt;</b>",
        "Device 2 &lt;i&gt;",
    ]


def test_the_axis_is_logarithmic_only_where_devices_are_far_apart() -> None:
    near, far = device_intervals(_targets(10.0, 20.0)), device_intervals(_targets(1.0, 500.0))
    assert near.layout.xaxis.type is None
    assert near.layout.xaxis.range[0] == 0
    assert far.layout.xaxis.type == "log"
    assert list(far.layout.xaxis.tickvals) == [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0]
    assert "logarithmic" in far.layout.xaxis.title.text


@pytest.mark.parametrize("draw", [kernel_bars, lambda frame: power_steps(power_frame(frame))])
def test_a_model_without_kernels_is_an_empty_picture(draw: object) -> None:
    assert callable(draw)
    assert len(draw(kernel_frame(estimate())).data) == 0
