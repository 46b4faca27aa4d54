"""Ids that follow from a seed."""

from __future__ import annotations

import random
import uuid


def seeded_uuid(rng: random.Random) -> str:
    """Return the next UUID of a random generator, version 4 in form."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))
