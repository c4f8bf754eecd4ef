"""Blocks by name and by size, and the graph of the fused kernels: runs, sums, intervals, levels, lanes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimate_support import estimate, four_kernels, kernel, part
from predictors.estimate import estimate_model
from predictors.model.kernels import Kernel, KernelKind
from predictors.reading import read_model
from predictors.research.blocks import block_rows, named_paths
from predictors.research.fused_graph import fused_graph
from predictors.samples import sample_bytes


def test_names_between_slashes_and_dots_are_paths() -> None:
    assert named_paths(["/m/layer1/layer1.0/Conv", "/m/layer2/Conv"]) == [("layer1", "layer1.0"), ("layer2",)]
    assert named_paths(["block1.conv", "block2.conv"]) == [("block1",), ("block2",)]
    assert named_paths(["Conv_1", "Conv_2"]) == [(), ()]


def test_neighbours_with_one_beginning_are_a_block_and_a_later_return_is_another() -> None:
    names = ["a.x", "a.y", "b.x", "b.y", "a.z", "a.w"]
    made = estimate(
        *(
            part(kernel(place, KernelKind.CONV, name=name), energy_mj, 1.0)
            for place, (name, energy_mj) in enumerate(
                zip(names, (1.0, 2.0, 4.0, 8.0, 16.0, 32.0), strict=True)
            )
        )
    )
    blocks = block_rows(made)
    assert blocks.by_names
    inner = [(row.name, row.start, row.stop, row.energy_mj) for row in blocks.rows if row.depth == 1]
    assert inner == [("a", 0, 2, 3.0), ("b", 2, 4, 12.0), ("a", 4, 6, 48.0)]
    whole = blocks.rows[0]
    assert (whole.energy_mj, whole.energy_mj_low, whole.energy_mj_high) == pytest.approx((63.0, 56.7, 69.3))
    leaves = [row for row in blocks.rows if row.is_kernel]
    assert [row.depth for row in leaves] == [2] * 6
    assert (leaves[0].energy_mj_low, leaves[0].energy_mj_high) == (0.8, 1.2)


def _sized(place: int, side: int) -> Kernel:
    return replace(kernel(place, KernelKind.CONV, name=f"Conv_{place}"), output_shapes=((1, 8, side, side),))


def test_without_blocks_in_the_names_the_size_of_the_output_makes_them() -> None:
    sides = (56, 56, 28, 28)
    blocks = block_rows(estimate(*(part(_sized(n, side), 2.0, 1.0) for n, side in enumerate(sides))))
    assert not blocks.by_names
    assert [(row.name, row.energy_mj) for row in blocks.rows if row.depth == 1] == [
        ("56×56", 4.0),
        ("28×28", 4.0),
    ]


def test_every_row_of_blocks_adds_up_to_no_more_than_the_kernels() -> None:
    made = estimate_model(sample_bytes("mobilenet-v2"), device="huawei-p40-pro", delegate="cpu")
    found = next(each for each in made.estimates if each.precision == "fp32")
    blocks = block_rows(found)
    total = found.kernel_sum.energy_mj
    assert sum(row.energy_mj for row in blocks.rows if row.is_kernel) == pytest.approx(total)
    assert sum(row.energy_mj for row in blocks.rows if row.depth == 1) == pytest.approx(total)
    assert all(row.energy_mj_low <= row.energy_mj <= row.energy_mj_high for row in blocks.rows)


def test_a_network_without_figures_has_blocks_of_nothing() -> None:
    assert block_rows(estimate()).rows == ()
    assert block_rows(four_kernels()).rows[0].energy_mj == 100.0


def test_the_graph_has_branches_side_by_side_and_every_edge_goes_on() -> None:
    graph = read_model(sample_bytes("googlenet"))
    made = estimate_model(sample_bytes("googlenet"), device="huawei-p40-pro", delegate="cpu")
    found = next(each for each in made.estimates if each.precision == "fp32")
    placed = fused_graph(graph, found)
    assert all(placed.levels[made] < placed.levels[read] for made, read in placed.edges)
    assert max(placed.lanes) == 1.5, "four branches of an inception block"
    assert len(set(zip(placed.levels, placed.lanes, strict=True))) == len(found.kernels)
    readers = {read for _, read in placed.edges}
    assert readers == set(range(1, len(found.kernels))), "all but the first kernel read another one"
