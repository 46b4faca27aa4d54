"""moto, started for one lab: it answers every service but DynamoDB, its streams and Lambda."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, cast

import boto3
from moto import mock_aws
from moto.core import models
from moto.core.base_backend import AccountSpecificBackend
from moto.core.custom_responses_mock import CallbackResponse
from moto.moto_api._internal import mock_random

from cdc_lab.emulator.client_making import fresh_session, swapped


def _session() -> boto3.Session:
    # moto asks a session of its own for the names of the regions, and reads all of botocore's lists again.
    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session(botocore_session=fresh_session())
    return cast(boto3.Session, boto3.DEFAULT_SESSION)


@cache
def _made_once(method: str, url: re.Pattern[str], callback: Any) -> CallbackResponse:
    return CallbackResponse(method=method, url=url, callback=callback)


def _response(**given: Any) -> CallbackResponse:
    # Each start of moto makes more than a thousand of them, for what another library than boto3 may ask.
    response = _made_once(**given)
    response.calls.reset()
    return response


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
        with swapped((models, "CallbackResponse", _response)):
            self._mock.start()
        # moto has put the process's own aside.
        boto3.setup_default_session(botocore_session=fresh_session())
        mock_random.seed(seed)
        backends: Any = AccountSpecificBackend
        backends.get_session = _session

    def close(self) -> None:
        """Stop moto; it forgets everything."""
        self._mock.stop()
