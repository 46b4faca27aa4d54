"""Python's garbage collector, while one lab is opened after another."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Objects, some 20 to 40 MB. A lab with a few records leaves ten thousand.
MUCH = 200_000


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Inside, the collector rests; call `collect_much` before each lab.

    Each lab is garbage when the next is open. Looking for it all the time takes a fifth of a test under
    faults, and half of a long check.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def collect_much() -> None:
    """Collect garbage when much may have gathered."""
    if gc.get_count()[0] > MUCH:  # objects made and not freed since the last collection
        gc.collect()
