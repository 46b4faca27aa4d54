from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from cdc_lab import Lab
from tests.emulator.esm_world import World
from tests.emulator.queue_world import QueueWorld

Made = TypeVar("Made", World, QueueWorld)


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab of seed 7, closed at the end."""
    with Lab(seed=7) as opened:
        yield opened


@pytest.fixture
def world() -> Iterator[Callable[..., World]]:
    """Makes worlds; their labs are closed at the end."""
    yield from _closed_at_end(World)


@pytest.fixture
def queues() -> Iterator[Callable[..., QueueWorld]]:
    """Makes worlds with queues; their labs are closed at the end."""
    yield from _closed_at_end(QueueWorld)


def _closed_at_end(kind: Callable[..., Made]) -> Iterator[Callable[..., Made]]:
    made: list[Made] = []

    def make(**options: Any) -> Made:
        made.append(kind(**options))
        return made[-1]

    yield make
    for one in made:
        one.lab.close()
