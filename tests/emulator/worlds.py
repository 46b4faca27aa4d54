"""How many random worlds a property test looks at."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_ASKED = os.environ.get("CDC_LAB_WORLDS")


def world_settings(usual: int, *accepted: HealthCheck) -> settings:
    """Return the settings of a test whose every example opens a lab of its own.

    Everyday runs look at few of them, always the same. Where there is time,
    ``CDC_LAB_WORLDS=500 pytest --hypothesis-seed=1`` looks at so many others.

    Parameters
    ----------
    usual : int
        Examples of an everyday run.
    *accepted : HealthCheck
        What hypothesis shall not complain about, beside slow examples.
    """
    return settings(
        max_examples=int(_ASKED or usual),
        deadline=None,
        derandomize=_ASKED is None,
        print_blob=True,
        # To make a failing world small takes minutes: not while looking for more of them.
        phases=[Phase.explicit, Phase.generate] if _ASKED else tuple(Phase),
        suppress_health_check=[HealthCheck.too_slow, *accepted],
    )
