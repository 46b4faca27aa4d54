"""The user's own AWS settings stay out of the lab: fake ones take their place while it is open."""

from __future__ import annotations

import os

_PREFIXES = ("AWS_", "BOTO_")
_HARMLESS = frozenset({"AWS_CA_BUNDLE"})


class Environment:
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
        }

    def enter(self) -> None:
        """Put the fake settings in place."""
        self._saved = {n: v for n, v in os.environ.items() if n.startswith(_PREFIXES) and n not in _HARMLESS}
        for name in self._saved:
            del os.environ[name]
        os.environ.update(self._ours)

    def leave(self) -> None:
        """Give the user's settings back."""
        for name in [n for n in os.environ if n.startswith(_PREFIXES) and n not in _HARMLESS]:
            del os.environ[name]
        os.environ.update(self._saved)
