"""Marks of tests that need more than the oldest packages which the laboratory runs on (see .ci/matrix.py)."""

from __future__ import annotations

from importlib.metadata import version

import pytest


def _is_older(package: str, than: tuple[int, int]) -> bool:
    major, minor = version(package).split(".")[:2]
    return (int(major), int(minor)) < than


newer_botocore = pytest.mark.skipif(
    _is_older("botocore", (1, 44)),
    reason="older botocores lack operations and parameters, check others themselves, and retry in other ways",
)
newer_pydantic = pytest.mark.skipif(
    _is_older("pydantic", (2, 12)), reason="older pydantics show another signature of a model"
)
