"""Work shared while one report is made: nothing of a network stays afterwards, nothing between threads."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from predictors.estimate import estimate_graph
from predictors.fusing import fuse
from predictors.model.graph import Graph
from predictors.model.shared_work import notes, once, shared_work
from predictors.reading import read_model
from predictors.samples import sample_bytes


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
