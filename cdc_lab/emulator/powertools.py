"""What Powertools remembers between invocations: each lab begins without it, as a fresh account does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

_PACKAGE = "aws_lambda_powertools.utilities"
_CACHES = (
    (f"{_PACKAGE}.parameters.base", "BaseProvider", "has_not_expired_in_cache", "store"),
    (f"{_PACKAGE}.idempotency.persistence.base", "BasePersistenceLayer", "_retrieve_from_cache", "_cache"),
)
"""Module, class, the method that looks into a cache, and the attribute that is the cache."""

_lab = 0


def forget_other_labs() -> None:
    """Let no object of Powertools answer from what it remembers of an earlier lab.

    Objects that a module made when it was imported live as long as the process. So the methods that look
    into their caches compare the lab, where Powertools is loaded.
    """
    global _lab
    _lab += 1
    parameters = sys.modules.get(_CACHES[0][0])
    if parameters is not None:
        parameters.clear_caches()  # the providers behind get_parameter(), and their clients
    for module, name, method, cache in _CACHES:
        owner = getattr(sys.modules.get(module), name, None)
        looking = getattr(owner, method, None)
        if looking is not None and not hasattr(looking, "cdc_lab_original"):
            setattr(owner, method, _comparing(looking, cache))


def _comparing(original: Callable[..., Any], cache: str) -> Callable[..., Any]:
    def look(self: Any, *args: Any, **kwargs: Any) -> Any:
        held = vars(self)
        if held.get("_cdc_lab_number") != _lab:
            held["_cdc_lab_number"] = _lab
            if cache in held:
                held[cache].clear()
        return original(self, *args, **kwargs)

    look.cdc_lab_original = original  # type: ignore[attr-defined]
    return look
