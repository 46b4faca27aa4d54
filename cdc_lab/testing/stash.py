"""What the plugin keeps at pytest's session and tests for the rest of the package."""

from __future__ import annotations

from typing import Any

import pytest

ASKED = pytest.StashKey[bool]()
"""Whether the session was given a seed."""

GIVEN = pytest.StashKey[Any]()
"""The lab of a try, where `under_faults` has opened one."""
