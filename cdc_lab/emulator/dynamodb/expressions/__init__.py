"""DynamoDB's condition, update and projection expressions, on item images in wire form.

An expression is parsed once for its text and once for its names; every call then binds its values.
What is refused, and in which words, was taken from DynamoDB Local 1.25.1 answer by answer.
"""

from __future__ import annotations

from cdc_lab.emulator.dynamodb.expressions.conditions import (
    Condition,
    compile_condition,
    condition_from,
    parsed_condition,
)
from cdc_lab.emulator.dynamodb.expressions.errors import ItemError
from cdc_lab.emulator.dynamodb.expressions.nodes import Path
from cdc_lab.emulator.dynamodb.expressions.paths import picked
from cdc_lab.emulator.dynamodb.expressions.placeholders import check_placeholders, check_unused
from cdc_lab.emulator.dynamodb.expressions.projections import Projection, compile_projection
from cdc_lab.emulator.dynamodb.expressions.updates import Update, compile_update, update_from

__all__ = [
    "Condition",
    "ItemError",
    "Path",
    "Projection",
    "Update",
    "check_placeholders",
    "check_unused",
    "compile_condition",
    "compile_projection",
    "compile_update",
    "condition_from",
    "parsed_condition",
    "picked",
    "update_from",
]
