from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.emulator.esm_world import World


@pytest.fixture
def world() -> Iterator[Callable[..., World]]:
    """Makes worlds; the last one's lab is closed at the end."""
    made: list[World] = []

    def make(**options: Any) -> World:
        made.append(World(**options))
        return made[-1]

    yield make
    for one in made:
        one.lab.close()
