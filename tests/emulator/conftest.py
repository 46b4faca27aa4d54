from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cdc_lab import Lab
from tests.emulator.esm_world import World
from tests.emulator.queue_world import QueueWorld


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab of seed 7, closed at the end."""
    with Lab(seed=7) as opened:
        yield opened


@pytest.fixture
def world() -> Iterator[Callable[..., World]]:
    """Makes worlds; their labs are closed at the end."""
    made: list[World] = []

    def make(**options: Any) -> World:
        made.append(World(**options))
        return made[-1]

    yield make
    for one in made:
        one.lab.close()


@pytest.fixture
def queues() -> Iterator[Callable[..., QueueWorld]]:
    """Makes worlds with queues; their labs are closed at the end."""
    made: list[QueueWorld] = []

    def make(**options: Any) -> QueueWorld:
        made.append(QueueWorld(**options))
        return made[-1]

    yield make
    for one in made:
        one.lab.close()
