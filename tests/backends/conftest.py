from collections.abc import Iterator

import pytest

from .wall import RemoteWorld


@pytest.fixture
def world() -> Iterator[RemoteWorld]:
    """A mapping's world on a wall clock that nobody waits for."""
    made = RemoteWorld()
    yield made
    made.account.close()
