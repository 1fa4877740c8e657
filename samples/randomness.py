"""Repeatable randomness by row number: any row can be made again without the ones before it."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_PER_MILLION = 1_000_000


def mix(seed: int, number: int) -> int:
    """64 well mixed bits for this row of this seed (the finalizer of SplitMix64)."""
    bits = (seed * 0xD1342543DE82EF95 + number * _STEP + _STEP) & _MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    return bits ^ (bits >> 31)


def happens(bits: int, share: float) -> bool:
    """True for this share of all bits."""
    return (bits >> 40) % _PER_MILLION < share * _PER_MILLION


def choose(items: Sequence[T], bits: int) -> T:
    return items[bits % len(items)]
