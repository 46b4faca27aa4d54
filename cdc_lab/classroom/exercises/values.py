"""Values of items as a reader would type them: text in quotes, so that an empty one can be seen."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, SupportsBytes, cast

from boto3.dynamodb.types import Binary


def shown(value: Any, limit: int = 60) -> str:
    """Write a value in one short line, the same on every run; sets are sorted."""
    text = _text(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value.is_finite() else str(value)
    if isinstance(value, Binary):
        return repr(bytes(cast("SupportsBytes", value)))
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(map(_text, value)))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {_text(value[name])}' for name in sorted(value))}}}"
    return repr(value)
