"""FilterExpressions of Query and Scan: read by the lab, where moto would read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import moto.dynamodb.models as models
import moto.dynamodb.responses as responses

from cdc_lab.emulator.dynamodb.attribute_values import accept_image
from cdc_lab.emulator.dynamodb.expressions import Condition, compile_condition
from cdc_lab.emulator.moto_items import image_of


class Filter:
    """Stands in for moto's parser, and for what its parser makes."""

    def __init__(self, expression: str | None, names: dict[str, str] | None, values: Any) -> None:
        self._condition: Condition | None = None
        self.expr_attr_names_found: list[str] = []
        self.expr_attr_values_found: list[str] = []
        if expression is not None:
            given = accept_image(values or {})
            self._condition = compile_condition(expression, names or {}, given, "FilterExpression")
            self.expr_attr_names_found = list(self._condition.names_used)
            self.expr_attr_values_found = list(self._condition.values_used)

    def parse(self) -> Filter:
        """What moto asks of its parser."""
        return self

    def expr(self, item: Any) -> bool:
        """Whether the filter lets an item through."""
        return self._condition is None or self._condition.holds(None if item is None else image_of(item))


class Filters:
    """Puts the lab's filters in moto's place, and moto's own back."""

    _PLACES: tuple[tuple[Any, str], ...] = (
        (responses, "create_condition_expression_parser"),
        (models, "create_condition_expression_parser"),
        (models, "get_filter_expression"),
    )

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def enter(self) -> None:
        """Put the lab's in place."""
        for module, name in self._PLACES:
            before = getattr(module, name)
            self._undo.append(lambda m=module, n=name, b=before: setattr(m, n, b))  # type: ignore[misc]
            setattr(module, name, Filter)

    def leave(self) -> None:
        """Put moto's back."""
        while self._undo:
            self._undo.pop()()
