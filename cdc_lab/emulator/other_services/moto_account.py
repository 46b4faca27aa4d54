"""moto, started for one lab: it answers every service but DynamoDB, its streams and Lambda."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import boto3
from moto import mock_aws
from moto.core.base_backend import AccountSpecificBackend
from moto.moto_api._internal import mock_random


def _session() -> boto3.Session:
    # moto asks a session of its own for the names of the regions, and reads all of botocore's lists again.
    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    return cast(boto3.Session, boto3.DEFAULT_SESSION)


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
        self._mock.start()
        mock_random.seed(seed)
        backends: Any = AccountSpecificBackend
        backends.get_session = _session

    def close(self) -> None:
        """Stop moto; it forgets everything."""
        self._mock.stop()
