"""Bytes damaged in the ways in which files are: bits turned, parts lost, doubled, taken from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import strategies as st

Damage = Callable[[bytes], bytes]

MOST_BYTES = 200_000
PLACES = st.integers(0, 2**17)
LENGTHS = st.integers(1, 64) | st.integers(1, 4096)
TELLING = (
    b"", b"\x00", b"\xff" * 10, b"\x7f", b"\x80" * 9 + b"\x01", b"-", b"-1", b"0", b"1e308", b"1e-320",
    b"nan", b"inf", b"1_000", b"\xd9\xa3", b'"', b"'", b",", b";", b"\n", b"\r", b"\t", b"\xef\xbb\xbf",
    b"\xff\xfe", b"9" * 40, b"9223372036854775807", b"-9223372036854775808", b"=1+1", b"\xe2\x80\xae",
    b"\x00" * 64,
)  # fmt: skip
"""Pieces that parsers stumble over: ends of number ranges, marks, other encodings."""


def _turn(place: int, bit: int) -> Damage:
    def damage(content: bytes) -> bytes:
        if not content:
            return content
        at = place % len(content)
        return content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]

    return damage


def _lose(place: int, length: int) -> Damage:
    return lambda content: (
        content[: place % (len(content) + 1)] + content[place % (len(content) + 1) + length :]
    )


def _double(place: int, length: int, times: int) -> Damage:
    def damage(content: bytes) -> bytes:
        at = place % (len(content) + 1)
        return content[:at] + content[at : at + length] * times + content[at + length :]

    return damage


def _put(place: int, piece: bytes, over: bool) -> Damage:
    def damage(content: bytes) -> bytes:
        at = place % (len(content) + 1)
        return content[:at] + piece + content[at + (len(piece) if over else 0) :]

    return damage


def _end(place: int) -> Damage:
    return lambda content: content[: place % (len(content) + 1)]


def damages(seeds: Sequence[bytes]) -> st.SearchStrategy[Damage]:
    """One way of damaging a file; pieces may come from another of the seeds."""
    foreign = st.builds(
        lambda seed, place, length: seed[place % (len(seed) + 1) :][:length],
        st.sampled_from(seeds),
        PLACES,
        LENGTHS,
    )
    pieces = st.sampled_from(TELLING) | st.binary(max_size=16) | foreign
    return st.one_of(
        st.builds(_turn, PLACES, st.integers(0, 7)),
        st.builds(_lose, PLACES, LENGTHS),
        st.builds(_double, PLACES, LENGTHS, st.integers(2, 20)),
        st.builds(_put, PLACES, pieces, st.booleans()),
        st.builds(_end, PLACES),
    )


def damaged(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """One of the seeds after a few damages, at most MOST_BYTES long."""

    def apply(content: bytes, steps: list[Damage]) -> bytes:
        for step in steps:
            content = step(content)[:MOST_BYTES]
        return content

    return st.builds(apply, st.sampled_from(seeds), st.lists(damages(seeds), max_size=6))
