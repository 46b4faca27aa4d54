"""The conditions of a Query on its keys."""

from __future__ import annotations

from typing import NamedTuple

from cdc_lab.emulator.dynamodb.expressions.values import Typed


class KeyTerm(NamedTuple):
    """What a Query asks of one key attribute.

    Attributes
    ----------
    name : str
        The attribute.
    operator : str
        ``=``, ``<``, ``<=``, ``>``, ``>=``, ``BETWEEN`` or ``begins_with``.
    values : list of Typed
        One value, or the two bounds of ``BETWEEN``, in normal form.
    """

    name: str
    operator: str
    values: list[Typed]
