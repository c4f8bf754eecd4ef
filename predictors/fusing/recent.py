"""The networks that were read last, so that asking about one again (another device, another limit) is quick.

For notebooks and the command line. The app reads files of its visitors another way: nothing of them stays.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from predictors.fusing.network import Network
from predictors.reading.source import IN_MEMORY_BYTES, Source

Shapes: TypeAlias = "Mapping[str, Sequence[int]] | None"
_Key: TypeAlias = tuple[int, str, tuple[tuple[str, tuple[int, ...]], ...]]
MOST_NODES = 50_000
"""Operators of all networks that are kept: about 1 kB each."""
MOST_NETWORKS = 32  # small networks: a shelf of twenty and the samples beside it


class RecentNetworks:
    """Networks by size of file, name and shapes; what is handed out is of a file with the same checksum."""

    def __init__(self) -> None:
        self._networks: OrderedDict[_Key, Network] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, source: Source, shapes: Shapes) -> Network | None:
        """The network of this very file with these shapes, if it is still there."""
        key = _key(source, shapes)
        known = None if key is None else self._networks.get(key)
        if known is None or key is None:
            return None
        content = _content(source)
        if content is None or hashlib.sha256(content).hexdigest() != known.graph.sha256:
            return None
        with self._lock:
            if key in self._networks:
                self._networks.move_to_end(key)
        return known

    def keep(self, network: Network, source: Source, shapes: Shapes) -> Network:
        """Keep a network of this file; those that nobody asked about for longest go."""
        key = _key(source, shapes)
        if key is not None and len(network.graph.nodes) <= MOST_NODES:
            with self._lock:
                self._networks[key] = network
                while len(self._networks) > MOST_NETWORKS or self._nodes() > MOST_NODES:
                    self._networks.popitem(last=False)
        return network

    def forget(self) -> None:
        """Let go of all of them."""
        with self._lock:
            self._networks.clear()

    def _nodes(self) -> int:
        return sum(len(network.graph.nodes) for network in self._networks.values())


RECENT: Final = RecentNetworks()


def _key(source: Source, shapes: Shapes) -> _Key | None:
    """What tells files apart before their checksums do.

    None for a file that is large or can't be read, and for shapes that are none, as the reader says.
    """
    try:
        given = tuple(sorted((name, tuple(extents)) for name, extents in (shapes or {}).items()))
        hash(given)
    except (TypeError, AttributeError):
        return None
    if not isinstance(source, Path):
        return memoryview(source).nbytes, "", given
    try:
        size = source.stat().st_size if source.is_file() else None
    except (OSError, ValueError):
        return None
    return None if size is None or size > IN_MEMORY_BYTES else (size, source.stem, given)


def _content(source: Source) -> bytes | memoryview | None:
    if not isinstance(source, Path):
        return memoryview(source).cast("B")
    try:
        return source.read_bytes()
    except OSError:
        return None
