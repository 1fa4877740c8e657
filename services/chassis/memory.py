"""What the C library is told of memory: many threads would else keep as many heaps each."""

import contextlib
import ctypes

# glibc, malloc.h: M_ARENA_MAX.
_ARENA_MAX = -8
HEAPS = 2


def share_heaps() -> None:
    """Before any thread starts. Other C libraries than glibc have no such setting."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, HEAPS)
