"""The user's own AWS settings stay out of the lab: fake ones take their place while it is open."""

from __future__ import annotations

import os
import time

_PREFIXES = ("AWS_", "BOTO_")
_HARMLESS = frozenset({"AWS_CA_BUNDLE"})


class AwsSettings:
    """Replaces every AWS variable of the process, and gives them back.

    Parameters
    ----------
    region : str
        The region of the lab.
    """

    def __init__(self, region: str) -> None:
        self._saved: dict[str, str] = {}
        self._ours = {
            "AWS_ACCESS_KEY_ID": "lab",
            "AWS_SECRET_ACCESS_KEY": "lab",
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            # No profile, no role, no metadata service: nothing that could hold real credentials.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",  # D12
            "TZ": "UTC",  # as in Lambda: what datetime.now() shows does not depend on the laptop
        }

    def enter(self) -> None:
        """Put the fake settings in place."""
        self._saved = _settings()
        _replace(self._ours)

    @property
    def region_outside(self) -> str | None:
        """The region that the user's settings in the environment name: that of clients made before."""
        return self._saved.get("AWS_DEFAULT_REGION")

    def leave(self) -> None:
        """Give the user's settings back."""
        _replace(self._saved)


def _settings() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name == "TZ" or (name.startswith(_PREFIXES) and name not in _HARMLESS)
    }


def _replace(settings: dict[str, str]) -> None:
    for name in _settings():
        del os.environ[name]
    os.environ.update(settings)
    if hasattr(time, "tzset"):  # not on Windows
        time.tzset()
