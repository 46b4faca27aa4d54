"""Where the plugin keeps what other modules of this package look up in pytest's stashes."""

from __future__ import annotations

from typing import Any

import pytest

SEED = pytest.StashKey[int]()
"""Of a session's config: the seed of labs that name none."""
GIVEN = pytest.StashKey[Any]()
"""Of a test: the lab of a try, where `under_faults` has opened one."""
