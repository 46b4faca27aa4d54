"""What the plugin keeps at pytest's session and tests for the rest of the package."""

from __future__ import annotations

from typing import Any

import pytest

SEED = pytest.StashKey[int]()
"""The session's seed."""

GIVEN = pytest.StashKey[Any]()
"""The lab of a try, where `under_faults` has opened one."""
