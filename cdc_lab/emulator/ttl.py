"""Time to live: expired items leave by a sweep, some time after they expired."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from cdc_lab.clock import Clock
from cdc_lab.emulator.images import Frozen, Image
from cdc_lab.emulator.journal import ItemKey

SWEEP_SECONDS = 3600.0
"""How often the lab sweeps: a model. AWS says only "typically within a few days" (A31)."""

FIVE_YEARS_SECONDS = 5 * 365 * 86400  # A32: a value that old is taken for an error and ignored

Expire = Callable[[ItemKey, Callable[[Image], bool], float], bool]


class TimeToLive:
    """The expiries of one table.

    Parameters
    ----------
    clock : Clock
    attribute : str
        Its number is an epoch time in seconds (A32).
    expire : callable
        ``expire(key, still_due, now)`` deletes the item when ``still_due(image)``, and says whether it did.
    """

    def __init__(self, clock: Clock, attribute: str, expire: Expire) -> None:
        self._clock = clock
        self._attribute = attribute
        self._expire = expire
        self._due: list[tuple[float, int, ItemKey]] = []
        self._count = 0
        self.interval = SWEEP_SECONDS

    def watch(self, key: ItemKey, version: Frozen) -> None:
        """Note when this version of an item expires."""
        moment = self._expiry(version.image())
        if moment is not None:
            self._count += 1
            heapq.heappush(self._due, (moment, self._count, key))

    def _expiry(self, image: Image) -> float | None:
        # Only a number counts; anything else never expires.
        text = image.get(self._attribute, {}).get("N")
        if text is None:
            return None
        try:
            return float(Decimal(text))
        except InvalidOperation:
            return None

    def _is_due(self, image: Image, now: float) -> bool:
        moment = self._expiry(image)
        return moment is not None and now - FIVE_YEARS_SECONDS < moment <= now

    def sweep(self) -> int:
        """Delete what has expired by now; return how many items that were."""
        now = self._clock.time()
        gone = 0
        while self._due and self._due[0][0] <= now:
            _, _, key = heapq.heappop(self._due)
            # The item may have been written again since, with another time or none.
            gone += self._expire(key, lambda image: self._is_due(image, now), now)
        return gone
