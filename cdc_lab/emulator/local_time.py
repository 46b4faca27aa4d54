"""Times as botocore parses them from the wire: aware, in the machine's own zone."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from dateutil.tz import tzlocal  # type: ignore[import-untyped]

from cdc_lab.process_clock import Real


def to_local(moment: datetime) -> datetime:
    """Return an aware datetime in the local zone."""
    local = moment.astimezone(tzlocal())
    if type(local) is Real.datetime:
        return local
    # freezegun's own class would outlive the time that is frozen.
    date, time = (local.year, local.month, local.day), (local.hour, local.minute, local.second)
    return Real.datetime(*date, *time, local.microsecond, local.tzinfo, fold=local.fold)


@lru_cache(maxsize=8192)
def local_time(seconds: float) -> datetime:
    """Return epoch seconds as a datetime; kept, since many records share a second."""
    return Real.datetime.fromtimestamp(seconds, tzlocal())
