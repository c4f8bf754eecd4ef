"""Split computing: what crosses each cut, counted by hand, and energies that add up."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path

import onnx.parser
import pytest

from predictors.cli.main import main
from predictors.cli.research import LINKS
from predictors.errors import InputError
from predictors.model.graph import Graph
from predictors.reading import read_model
from predictors.research.radio_links import RADIOS, VARIEGATED, Link, make_link
from predictors.research.split import (
    MOST_NAMED,
    crossings,
    impossible_cuts,
    node_places,
    split_graph,
)
from predictors.research.split_result import Split, bytes_words, split_sentences
from predictors.research.split_text import split_dict
from predictors.results.estimates import Estimate
from predictors.results.shared_error import RunErrors, Side
from predictors.samples import sample_bytes

P40 = {"device": "huawei-p40-pro", "delegate": "cpu"}
LINK = Link(uplink_mbit_s=8.0, energy_mj_per_byte=0.001)
"""A millisecond and a millijoule per thousand bytes."""


def parsed(body: str, inputs: str, outputs: str, weights: str = "") -> Graph:
    head = '<ir_version: 8, opset_import: ["" : 17]>'
    text = f"{head}\nnet ({inputs}) => ({outputs})\n{weights}\n{{\n{body}\n}}"
    return read_model(onnx.parser.parse_model(text).SerializeToString())


def diamond() -> Graph:
    """image -> pool p (8x8), which feeds sigmoid s, max pool m, and the sum a = s + m; then softmax."""
    return parsed(
        """p = MaxPool<kernel_shape=[2,2], strides=[2,2]>(image)
           s = Sigmoid(p)
           m = MaxPool<kernel_shape=[3,3], pads=[1,1,1,1]>(p)
           a = Add(s, m)
           y = Softmax<axis=1>(a)""",
        "float[1,4,16,16] image",
        "float[1,4,8,8] y",
    )


def sizes(split: Split) -> list[dict[str, int | None]]:
    return [{each.name: each.size_bytes for each in cut.sent} for cut in split.cuts]


def test_every_cut_of_a_branching_graph_sends_what_lives_across_it() -> None:
    split = split_graph(diamond(), LINK, **P40)
    image, half = 4 * 16 * 16 * 4, 4 * 8 * 8 * 4
    assert [part.kernel.ops for part in split.estimate.kernels] == [
        ("MaxPool",),
        ("Sigmoid",),
        ("MaxPool",),
        ("Add",),
        ("Softmax",),
    ]
    # After the sigmoid p is still needed by the second pool: two tensors cross.
    assert sizes(split) == [
        {"image": image},
        {"p": half},
        {"p": half, "s": half},
        {"s": half, "m": half},
        {"a": half},
        {},
    ]
    assert [cut.sent_bytes for cut in split.cuts] == [image, half, 2 * half, 2 * half, half, 0]


def test_energy_and_latency_of_a_cut_are_those_before_it_and_of_sending() -> None:
    split = split_graph(diamond(), Link(8.0, 0.001, 5.0, server_speedup=2.0), **P40)
    whole, kernels = split.estimate, split.estimate.kernels
    cut = split.cuts[2]
    # A phone's figures are those of the application: each kernel has its share of them.
    energy_scale = whole.energy_mj / sum(part.energy_mj for part in kernels)
    latency_scale = whole.latency_ms / sum(part.latency_ms for part in kernels)
    on_device_mj = energy_scale * (kernels[0].energy_mj + kernels[1].energy_mj)
    assert cut.device_energy_mj == pytest.approx(on_device_mj)
    assert cut.energy_mj == pytest.approx(cut.device_energy_mj + 2048 * 0.001)
    on_device = latency_scale * (kernels[0].latency_ms + kernels[1].latency_ms)
    on_server = latency_scale * sum(part.latency_ms for part in kernels[2:]) / 2.0
    assert cut.latency_ms == pytest.approx(on_device + 2.048 + 5.0 + on_server)


@pytest.mark.slow
@pytest.mark.parametrize("sample_id", ["googlenet", "densenet-121", "shufflenet-v2", "mobilenet-v3-small"])
@pytest.mark.parametrize(
    "target", [P40, {"device": "raspberry-pi-4", "delegate": "tflite-ruy", "precision": "int8"}]
)
def test_ends_of_every_split_are_all_sent_and_all_computed(sample_id: str, target: dict[str, str]) -> None:
    graph = read_model(sample_bytes(sample_id))
    split = split_graph(graph, LINK, **target)
    first, last = split.cuts[0], split.cuts[-1]
    width = 1 if target.get("precision") == "int8" else 4
    assert first.sent_bytes == 3 * 224 * 224 * width
    assert (first.device_energy_mj, first.device_latency_ms) == (0.0, 0.0)
    assert (last.sent_bytes, last.send_energy_mj) == (0, 0.0)
    assert last.energy_mj == pytest.approx(split.estimate.energy_mj)
    assert last.latency_ms == pytest.approx(split.estimate.latency_ms)
    assert last.energy_mj_low == pytest.approx(split.estimate.energy_mj_low)
    assert last.energy_mj_high == pytest.approx(split.estimate.energy_mj_high)
    assert [cut.kernels for cut in split.cuts] == list(range(len(split.estimate.kernels) + 1))
    device = [cut.device_energy_mj for cut in split.cuts]
    assert device == sorted(device)
    assert all(cut.energy_mj_low <= cut.energy_mj <= cut.energy_mj_high for cut in split.cuts)


def test_best_cuts_are_the_smallest_of_all() -> None:
    split = split_graph(read_model(sample_bytes("alexnet")), make_link("lte"), **P40)
    assert split.best_energy.energy_mj == min(cut.energy_mj for cut in split.cuts)
    assert split.best_latency.latency_ms == min(cut.latency_ms for cut in split.cuts)
    free = split_graph(read_model(sample_bytes("alexnet")), Link(1e9, 0.0), **P40)
    assert free.best_energy.kernels == 0
    dear = split_graph(read_model(sample_bytes("alexnet")), Link(1e-6, 1e3), **P40)
    assert dear.best_energy.kernels == dear.best_latency.kernels == len(dear.estimate.kernels)
    assert split_sentences(dear)[0].startswith("Least energy on the device: all on the device")


def residual() -> Graph:
    """image -> a (4 channels) -> b (2 channels) -> c (4 channels); s = a + c; y = its mean."""
    weights = ", ".join(
        f"float[{out},{into},1,1] {name} = {{{','.join(['0'] * (out * into))}}}"
        for name, out, into in (("u", 4, 3), ("v", 2, 4), ("w", 4, 2))
    )
    return parsed(
        """a = Conv(image, u)
           b = Conv(a, v)
           c = Conv(b, w)
           s = Add(a, c)
           y = GlobalAveragePool(s)""",
        "float[1,3,10,10] image",
        "float[1,4,1,1] y",
        f"<{weights}>",
    )


def test_live_bytes_of_a_residual_block_by_hand() -> None:
    split = split_graph(residual(), LINK, device="raspberry-pi-4", delegate="tflite-ruy")
    # 100 places of 4 bytes: 3 channels of image, 4 of a; while the block runs a waits for the sum.
    by_hand = [1200, 1600, 1600 + 800, 1600 + 1600, 1600, 0]
    assert [part.kernel.ops[0] for part in split.estimate.kernels] == [
        *["Conv"] * 3,
        "Add",
        "GlobalAveragePool",
    ]
    assert [cut.sent_bytes for cut in split.cuts] == by_hand
    assert [sorted(each.name for each in cut.sent) for cut in split.cuts[2:4]] == [["a", "b"], ["a", "c"]]
    int8 = split_graph(
        residual(), LINK, device="raspberry-pi-4", delegate="tflite-ruy", send_precision="int8"
    )
    assert [cut.sent_bytes for cut in int8.cuts] == [size // 4 for size in by_hand]


def test_what_two_cuts_share_cancels_in_their_difference() -> None:
    graph = read_model(sample_bytes("alexnet"))
    exact = make_link("lte", energy_uj_per_byte=2.0)
    split = split_graph(graph, exact, device="raspberry-pi-4", delegate="tflite-ruy")
    early, late, whole = split.cuts[2], split.cuts[4], split.cuts[-1]
    less, more = split.less_than(early, late), split.less_than(late, early)
    assert less.energy_mj == pytest.approx(late.energy_mj - early.energy_mj)
    ends = less.energy_mj, less.energy_mj_low, less.energy_mj_high
    assert ends == pytest.approx((-more.energy_mj, -more.energy_mj_high, -more.energy_mj_low))
    assert less.energy_mj_low < less.energy_mj < less.energy_mj_high
    # A given cost of sending is exact: what is between costs the width of these kernels and no more.
    everything = split.less_than(split.cuts[0], whole)
    assert everything.energy_mj_high - everything.energy_mj == pytest.approx(
        split.estimate.energy_mj_high - split.estimate.energy_mj
    )
    narrow = late.energy_mj_high - late.energy_mj + early.energy_mj - early.energy_mj_low
    assert less.energy_mj_high - less.energy_mj < narrow
    nothing = split.less_than(late, late)
    assert (nothing.energy_mj, nothing.energy_mj_low, nothing.energy_mj_high) == (0.0, 0.0, 0.0)


def test_cuts_as_good_as_the_best_are_named() -> None:
    graph = read_model(sample_bytes("alexnet"))
    split = split_graph(graph, make_link("lte"), device="raspberry-pi-4", delegate="tflite-ruy")
    assert split.as_good
    for cut in split.cuts:
        is_level = cut != split.best_energy and split.less_than(split.best_energy, cut).energy_mj_low <= 0
        assert (cut in split.as_good) == is_level
    said = " ".join(split_sentences(split))
    assert f"kernel {split.as_good[0].kernels - 1} " in said
    assert split_dict(split)["as_good_in_energy"] == [cut.kernels for cut in split.as_good]
    free = split_graph(graph, Link(1e9, 0.0), device="raspberry-pi-4", delegate="tflite-ruy")
    assert free.as_good == ()
    assert "told apart" not in " ".join(split_sentences(free))


def test_what_an_answer_leaves_out_is_said_until_it_is_given() -> None:
    graph = read_model(sample_bytes("alexnet"))
    said = [
        split_sentences(
            split_graph(graph, make_link("wifi", **given), device="raspberry-pi-4", delegate="tflite-ruy")
        )
        for given in ({}, {"round_trip_ms": 5.0}, {"round_trip_ms": 5.0, "server_speedup": 30.0})
    ]
    answers = [next(line for line in lines if line.startswith("First answer")) for lines in said]
    assert "without the round trip and the server's own time" in answers[0]
    assert "without the server's own time" in answers[1]
    assert "which you can give" not in answers[2]


def test_thousands_of_kernels_are_cut_without_adding_up_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = 0
    own = RunErrors.__init__

    def counting(self: RunErrors, estimate: Estimate, side: Side) -> None:
        nonlocal counted
        counted += 1
        own(self, estimate, side)

    monkeypatch.setattr(RunErrors, "__init__", counting)
    split = split_graph(read_model(sample_bytes("densenet-121")), make_link(), **P40)
    split_dict(split)
    assert counted == 4, "two sides for the cuts, two for their differences, however many cuts"


def test_precision_of_what_is_sent() -> None:
    graph = read_model(sample_bytes("squeezenet-1.1"))
    by_precision = {p: split_graph(graph, LINK, send_precision=p, **P40) for p in ("fp32", "fp16", "int8")}
    for cuts in zip(*(split.cuts for split in by_precision.values()), strict=True):
        full, half, quarter = (cut.sent_bytes for cut in cuts)
        assert full == 2 * (half or 0) == 4 * (quarter or 0)
    jpeg = split_graph(graph, LINK, input_bytes=20_000, **P40)
    assert jpeg.cuts[0].sent_bytes == 20_000
    assert jpeg.cuts[1:] == by_precision["fp32"].cuts[1:]


def test_token_ids_keep_their_own_size_and_weights_stay_at_home() -> None:
    graph = parsed(
        "e = Gather(table, ids)\ny = Relu(e)",
        "int64[1,6] ids",
        "float[1,6,2] y",
        "<float[10,2] table = {" + ",".join(["0"] * 20) + "}>",
    )
    split = split_graph(graph, LINK, send_precision="int8", **P40)
    assert sizes(split) == [{"ids": 6 * 8}, {"e": 12}, {}]


def test_a_cut_against_the_order_is_impossible_and_said() -> None:
    graph = diamond()
    backwards = {0: 2, 1: 1, 2: 3, 3: 4, 4: 5}
    # Node 1 stands at place 1 and reads what is made at place 2.
    assert impossible_cuts(graph, backwards, 5) == {2}


def test_an_unknown_shape_leaves_the_cut_out_of_the_best() -> None:
    nodes = "a = Relu(image)\nu = NonZero(a)\nf = Cast<to=1>(u)\ny = Relu(f)"
    graph = parsed(nodes, "float[1,4] image", "float[d,n] y")
    split = split_graph(graph, LINK, **P40)
    unknown = [cut for cut in split.cuts if not cut.is_known]
    assert unknown
    assert all(math.isnan(cut.energy_mj) for cut in unknown)
    assert split.best_energy.is_known
    assert "unknown" in " ".join(split_sentences(split))
    assert json.loads(json.dumps(split_dict(split), allow_nan=False))["cuts"][2]["sent_bytes"] is None


def test_energy_per_byte_is_power_over_speed() -> None:
    # 76.7 * 10.2 + 2926 = 3708.3 mW for the 8/10.2 microseconds of a byte: 2.9085 uJ.
    lte = make_link("lte")
    assert lte.energy_mj_per_byte == pytest.approx(2.9085e-3, rel=1e-4)
    assert lte.send_ms(1_275_000) == pytest.approx(1000.0)
    assert lte.send_mj(1_275_000) == pytest.approx(3708.3, rel=1e-4)
    assert VARIEGATED in lte.basis
    own = make_link("5g-sa", uplink_mbit_s=2.0, energy_uj_per_byte=1.5)
    assert (own.energy_mj_per_byte, own.uplink_mbit_s) == (0.0015, 2.0)
    assert (own.low_share, own.high_share, own.scope) == (1.0, 1.0, None), "a given figure is exact"
    assert VARIEGATED not in own.basis


def test_the_interval_of_a_byte_spans_what_was_measured() -> None:
    # LTE at 7.14 Mbit/s: the line says 3.8920 uJ, measured were 4.17; at 5.1 Mbit/s 5.2034 and 4.94.
    lte = make_link("lte")
    assert lte.high_share == pytest.approx(4.17 / 3.8920, rel=1e-4)
    assert lte.low_share == pytest.approx(4.94 / 5.2034, rel=1e-4)
    for radio in RADIOS.values():
        low, high = radio.shares
        assert 0.5 < low <= 1.0 <= high < 2.1, radio.id
        for speed, uj in radio.points:
            line = 1000.0 * radio.energy_mj_per_byte(speed)
            assert low * line <= uj * (1 + 1e-9)
            assert uj <= high * line * (1 + 1e-9)


def test_the_interval_of_a_cut_is_that_of_computing_and_of_its_link() -> None:
    graph = read_model(sample_bytes("alexnet"))
    wide = split_graph(graph, make_link("lte"), device="raspberry-pi-4", delegate="tflite-ruy")
    exact = replace(wide.link, low_share=1.0, high_share=1.0)
    narrow = split_graph(graph, exact, device="raspberry-pi-4", delegate="tflite-ruy")
    sent, cut, computed = wide.cuts[0], wide.cuts[2], narrow.cuts[2]
    assert sent.energy_mj_high == pytest.approx(sent.energy_mj * wide.link.high_share)
    link_mj = cut.send_energy_mj * (wide.link.high_share - 1.0)
    by_hand = math.hypot(computed.energy_mj_high - computed.energy_mj, link_mj)
    assert cut.energy_mj_high - cut.energy_mj == pytest.approx(by_hand)
    assert wide.cuts[-1] == narrow.cuts[-1], "nothing is sent"
    less = wide.less_than(wide.cuts[0], wide.cuts[2])
    assert less.energy_mj_low < narrow.less_than(narrow.cuts[0], narrow.cuts[2]).energy_mj_low


@pytest.mark.parametrize(
    "options",
    [
        {"uplink_mbit_s": 0.0},
        {"uplink_mbit_s": math.nan},
        {"energy_uj_per_byte": -1.0},
        {"round_trip_ms": math.inf},
        {"server_speedup": 0.0},
    ],
)
def test_links_that_make_no_sense_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError):
        make_link("wifi", **options)
    assert set(RADIOS) == set(LINKS)


def test_links_without_cost_or_round_trip_make_sense() -> None:
    free = make_link("wifi", energy_uj_per_byte=0.0, round_trip_ms=0.0)
    assert (free.send_mj(1_000_000), free.round_trip_ms) == (0.0, 0.0)
    with pytest.raises(InputError, match="0 or a number above it"):
        make_link("wifi", energy_uj_per_byte=-1.0)


def test_every_usual_figure_says_where_it_is_from() -> None:
    for radio_id, radio in RADIOS.items():
        basis = make_link(radio_id).basis
        assert radio.source in basis
        assert radio.scope.value in basis
        slowest, fastest = radio.speeds_mbit_s
        assert slowest <= radio.uplink_mbit_s <= fastest


def test_command_line_in_three_formats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "alexnet.onnx"
    file.write_bytes(sample_bytes("alexnet"))
    words = ["split", str(file), "--device", "raspberry-pi-4", "--delegate", "tflite-ruy", "--link", "lte"]
    texts = {}
    for form in ("json", "csv", "table"):
        assert main([*words, "--format", form]) == 0
        texts[form] = capsys.readouterr().out
    answer = json.loads(texts["json"])
    rows = list(csv.DictReader(io.StringIO(texts["csv"])))
    assert [float(row["energy_mj"]) for row in rows] == [cut["energy_mj"] for cut in answer["cuts"]]
    [marked] = [row for row in rows if "energy" in row["best"]]
    assert int(marked["kernels_on_device"]) == answer["best_energy"]
    assert all(sentence in texts["table"] for sentence in answer["sentences"])
    assert texts["table"].count("<-") in {1, 2}
    assert main([*words, "--uplink-mbit-s", "-3"]) == 2
    assert capsys.readouterr().err.startswith("OPTION_VALUE: ")


def test_sizes_in_words() -> None:
    assert [bytes_words(size) for size in (None, 7, 1500, 2_500_000)] == [
        "an unknown size",
        "7 bytes",
        "1.5 kB",
        "2.5 MB",
    ]


def fan_out(branches: int) -> Graph:
    """x feeds `branches` activations of 32 values; sums add them up one by one."""
    body = [f"r{at} = Relu(x)" for at in range(branches)]
    body += [f"a{at} = Add({'r0' if at == 1 else f'a{at - 1}'}, r{at})" for at in range(1, branches)]
    return parsed("\n".join(body), "float[1,2,4,4] x", f"float[1,2,4,4] a{branches - 1}")


def test_a_fan_out_counts_every_tensor_and_names_the_first() -> None:
    """Names of all of them took 2.6 GB with 3,000 branches: each cut held a list of its own."""
    split = split_graph(fan_out(300), LINK, **P40)
    cuts = {cut.kernels: cut for cut in split.cuts}
    # 100 activations made, the input still needed for the others.
    assert cuts[100].tensors == 101
    assert cuts[100].sent_bytes == 101 * 32 * 4
    assert [each.name for each in cuts[100].sent] == ["x", *(f"r{at}" for at in range(MOST_NAMED - 1))]
    # All 300 made, a hundred of them added up.
    assert cuts[400].tensors == 300 - 101 + 1
    assert len(cuts[400].sent) == MOST_NAMED
    assert split_dict(split)["cuts"][100]["tensors_in_all"] == 101
    # The work is bounded by what is named, not by branches times cuts.
    assert sum(len(cut.sent) for cut in split.cuts) <= MOST_NAMED * len(split.cuts)


@pytest.mark.parametrize("sample", ["googlenet", "densenet-121", "mobilenet-v3-small"])
def test_one_walk_over_all_cuts_finds_what_asking_each_cut_finds(sample: str) -> None:
    graph = read_model(sample_bytes(sample))
    estimate = split_graph(graph, LINK, **P40).estimate
    places, kernels = node_places(graph, estimate), len(estimate.kernels)
    makers = {tensor: node.index for node in graph.nodes for tensor in node.outputs}
    outside = set(graph.inputs)
    for crossing in crossings(graph, places, kernels, 4):
        crossed = {
            tensor
            for node in graph.nodes
            for tensor in node.inputs
            if places[node.index] >= crossing.kernels
            and not graph.tensors[tensor].is_constant
            and ((tensor in makers and places[makers[tensor]] < crossing.kernels) or tensor in outside)
        }
        assert crossing.tensors == len(crossed)
        assert crossing.size_bytes == sum(4 * math.prod(graph.tensors[name].shape) for name in crossed)


@pytest.mark.parametrize(
    "given", [{"uplink_mbit_s": 1e308}, {"uplink_mbit_s": 1e-300}, {"energy_uj_per_byte": 1e307},
              {"round_trip_ms": math.inf}, {"server_speedup": 1e-30}]
)  # fmt: skip
def test_a_link_at_the_edge_of_numbers_is_refused(given: dict[str, float]) -> None:
    with pytest.raises(InputError) as caught:
        make_link(**given)  # type: ignore[arg-type]
    assert caught.value.code == "OPTION_VALUE"


@pytest.mark.parametrize("size", [-1, 10**13, 10**310])
def test_an_input_of_no_possible_size_is_refused(size: int) -> None:
    with pytest.raises(InputError) as caught:
        split_graph(diamond(), LINK, input_bytes=size, **P40)
    assert caught.value.code == "OPTION_VALUE"
