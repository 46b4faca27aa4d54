"""Time to live: expired items leave by a sweep, some time after they expired."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from cdc_lab.clock import Clock
from cdc_lab.emulator.dynamodb.images import Image, PackedImage
from cdc_lab.emulator.dynamodb.journal import ItemKey
from cdc_lab.errors import ServiceError

SWEEP_SECONDS = 3600.0
"""How often the lab sweeps: a model. AWS says only "typically within a few days" (A31)."""

FIVE_YEARS_SECONDS = 5 * 365 * 86400  # A32: a value that old is taken for an error and ignored

Expire = Callable[[ItemKey, Callable[[Image], bool]], bool]


class TimeToLive:
    """The expiries of one table.

    Parameters
    ----------
    clock : Clock
    attribute : str
        Its number is an epoch time in seconds (A32).
    expire : callable
        ``expire(key, is_due)`` deletes the item when ``is_due(image)``, and says whether it did. It raises
        ServiceError for an item of an ongoing transaction.
    """

    def __init__(self, clock: Clock, attribute: str, expire: Expire) -> None:
        self._clock = clock
        self._attribute = attribute
        self._expire = expire
        self._moments: dict[ItemKey, float] = {}
        self._due: list[tuple[float, int, ItemKey]] = []  # a heap; what was rewritten since is passed over
        self._count = 0
        self.interval = SWEEP_SECONDS

    @property
    def waiting(self) -> int:
        """How many expiries are remembered."""
        return len(self._due)

    def watch(self, key: ItemKey, version: PackedImage | None) -> None:
        """Note when this version of an item expires; None when the item is gone."""
        moment = None if version is None else self._expiry(version.image())
        if moment is None:
            self._moments.pop(key, None)
        elif self._moments.get(key) != moment:
            self._moments[key] = moment
            self._push(key, moment)

    def _push(self, key: ItemKey, moment: float) -> None:
        if len(self._due) > 2 * len(self._moments) + 100:
            self._due = [entry for entry in self._due if self._moments.get(entry[2]) == entry[0]]
            heapq.heapify(self._due)
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
        """Delete what has expired by now; return how many items that were.

        An item of an ongoing transaction waits for the next sweep.
        """
        now = self._clock.time()
        gone = 0
        claimed = []
        while self._due and self._due[0][0] <= now:
            moment, _, key = heapq.heappop(self._due)
            if self._moments.get(key) == moment:
                try:
                    is_gone = self._expire(key, lambda image: self._is_due(image, now))
                except ServiceError:
                    claimed.append((key, moment))
                    continue
                self._moments.pop(key, None)
                gone += is_gone
        for key, moment in claimed:
            self._push(key, moment)
        return gone
