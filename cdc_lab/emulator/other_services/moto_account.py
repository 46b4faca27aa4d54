"""moto, started for one lab: it answers every service but DynamoDB, its streams and Lambda."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

import boto3
from moto import mock_aws
from moto.core import models
from moto.core.base_backend import AccountSpecificBackend
from moto.moto_api._internal import mock_random

from cdc_lab.emulator.quick_sessions import set_default_session


def _session() -> boto3.Session:
    # moto asks a session of its own for the names of the regions, and reads all of botocore's lists again.
    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    return cast(boto3.Session, boto3.DEFAULT_SESSION)


class _QuickPatching:
    """Starts moto's answers to calls by the package ``requests``: 1,288 of them, which are made once."""

    _made: ClassVar[dict[str, list[Any]]] = {}

    @classmethod
    def into(cls, mock: Any) -> None:
        """Let a mock start in that way."""
        original = mock._enable_patching

        def start(reset: bool = True) -> None:
            if not cls._made:
                original(reset=reset)
                cls._made = {name: list(made) for name, made in _registered().items()}
                return
            models.botocore_stubber.enabled = True
            if reset:
                mock.reset()
            models.responses_mock.start()
            _registered().update({name: list(made) for name, made in cls._made.items()})

        if isinstance(getattr(models.responses_mock.get_registry(), "_registered", None), dict):
            mock._enable_patching = start


def _registered() -> dict[str, list[Any]]:
    registry: Any = models.responses_mock.get_registry()
    found: dict[str, list[Any]] = registry._registered
    return found


class MotoAccount:
    """moto, as long as the lab is open.

    Parameters
    ----------
    seed : int
        For the ids that moto makes up.
    passing : sequence of str
        Patterns of addresses that moto lets pass.
    """

    def __init__(self, seed: int, passing: Sequence[str] = ()) -> None:
        self._mock = mock_aws(config={"core": {"passthrough": {"urls": list(passing)}}} if passing else None)
        _QuickPatching.into(self._mock)
        self._mock.start()
        if boto3.DEFAULT_SESSION is None:
            set_default_session()
        mock_random.seed(seed)
        backends: Any = AccountSpecificBackend
        backends.get_session = _session

    def close(self) -> None:
        """Stop moto; it forgets everything."""
        self._mock.stop()
