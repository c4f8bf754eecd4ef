"""Work shared while one report is made: nothing of a network stays afterwards, nothing between threads."""

from __future__ import annotations

import gc
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from predictors.energy.kernels import composition
from predictors.energy.kernels.composition import MachineFigures, QuantityFigures
from predictors.energy.kernels.kernel_model import KindModel
from predictors.estimate import estimate_graph
from predictors.fusing import fuse
from predictors.fusing.network import Network
from predictors.model.graph import Graph
from predictors.model.kernels import Kernel, KernelKind
from predictors.model.shared_work import MOST_CARRIED, carried_once, notes, once, shared_work
from predictors.reading import read_model
from predictors.samples import sample_bytes

REPEATED = read_model(sample_bytes("alexnet"))


def test_outside_of_a_block_nothing_is_kept() -> None:
    notes("kind").append(1)
    assert notes("kind") == []


def test_an_inner_block_shares_with_the_outer_one_which_forgets_at_its_end() -> None:
    with shared_work():
        notes("kind").append(1)
        with shared_work():
            notes("kind").append(2)
        assert notes("kind") == [1, 2]
        assert notes("other") == []
    assert notes("kind") == []


def test_a_subject_is_worked_on_once_within_a_block_and_each_time_outside() -> None:
    made: list[str] = []
    one, other = [1], [1]  # equal, but not the same

    def ask(subject: object, key: str) -> int:
        def work() -> int:
            made.append(key)
            return len(made)

        return once("kind", subject, work, key)

    assert [ask(one, "a"), ask(one, "a")] == [1, 2]
    with shared_work():
        assert [ask(one, "a"), ask(one, "a"), ask(other, "a"), ask(one, "b")] == [3, 3, 4, 5]
    assert ask(one, "a") == 6


def test_two_threads_share_nothing() -> None:
    both = threading.Barrier(2)

    def work(mine: int) -> list[int]:
        with shared_work():
            notes("kind").append(mine)
            both.wait(10)
            return list(notes("kind"))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, [1, 2])) == [[1], [2]]


def test_a_network_carries_results_to_its_next_report_in_any_thread_and_nobody_elses() -> None:
    """A store of the process kept kernels of visitors, and its threads met while it made room."""
    subject, one, other = object(), Network(REPEATED), Network(REPEATED)
    made: list[int] = []

    def ask(network: Network, key: int) -> int:
        def work() -> int:
            made.append(key)
            return key

        with shared_work(network.carried):
            return carried_once("kind", subject, work, key)

    with ThreadPoolExecutor(8) as pool:
        keys = [number % (MOST_CARRIED + 2) for number in range(4_000)]
        assert list(pool.map(lambda key: ask(one, key), keys)) == keys
    assert 0 < len(one.carried) <= MOST_CARRIED + 8
    assert not other.carried
    made.clear()
    assert [ask(other, 1), ask(other, 1)] == [1, 1]
    assert made == [1]
    assert carried_once("kind", subject, lambda: 5) == 5  # outside of a block


def test_figures_are_worked_out_once_for_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counted(_: object, different: Sequence[Kernel]) -> MachineFigures:
        made.append(many := len(different))
        nothing = QuantityFigures(np.zeros(many), np.zeros(many), np.zeros((many, many)), np.arange(many))
        return MachineFigures(nothing, nothing, (None,) * many, (True,) * many)

    monkeypatch.setattr(composition, "_of_different", counted)
    models: dict[KernelKind, KindModel] = {}
    for network in (one := Network(REPEATED), one, Network(REPEATED)):
        with shared_work(network.carried):
            composition.predict_kernels(models, network.fused("tflite-cpu").kernels)
    assert len(made) == 2


def graphs() -> int:
    """Networks in memory. They take no weak references."""
    gc.collect()
    return sum(isinstance(each, Graph) for each in gc.get_objects())


@pytest.mark.slow
def test_the_graph_of_an_estimated_network_is_let_go() -> None:
    """The last two networks were held by the fusion, the last four by the phones."""
    before = graphs()
    graph = read_model(sample_bytes("mobilenet-v1"))
    fuse(graph, "tflite-gpu")
    report = estimate_graph(graph)
    assert report.estimates
    assert graphs() > before
    del graph, report
    assert graphs() == before
