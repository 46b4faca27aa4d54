"""stub until the translator lands"""

from __future__ import annotations

from typing import Any

from cdc_lab.emulator.dynamodb.expressions import Condition, Path
from cdc_lab.emulator.dynamodb.key_conditions import KeyTerm


def condition_of(body: Any) -> Condition | None:
    raise NotImplementedError


def filter_of(body: Any) -> Condition | None:
    raise NotImplementedError


def key_terms_of(body: Any) -> list[KeyTerm]:
    raise NotImplementedError


def attributes_of(body: Any) -> list[Path] | None:
    raise NotImplementedError
