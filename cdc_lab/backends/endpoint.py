"""A DynamoDB that answers at an address: DynamoDB Local."""

from __future__ import annotations

import os
from ipaddress import ip_address
from urllib.parse import urlsplit

from botocore.config import Config

from cdc_lab.backends.remote import Remote
from cdc_lab.errors import LabError

URL_VARIABLE = "DYNAMODB_LOCAL_URL"
_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonwebservices.com.cn")


def endpoint(url: str) -> Remote:
    """DynamoDB at that address, reached with fake credentials and no proxy.

    Parameters
    ----------
    url : str
        Checked (see :func:`checked_url`).
    """
    return Remote(
        where=url,
        # DynamoDB Local without -sharedDb keeps a database for each access key and region.
        settings={"endpoint_url": url, "config": Config(proxies={})},
        granularity=60.0,  # DynamoDB Local's creation times are whole minutes; AWS's whole seconds (A9)
        quiet_seconds=1.0,
        is_for_tests=True,
    )


def checked_url(url: str | None, allow_remote: bool) -> str:
    """The endpoint's address: as given, or as ``DYNAMODB_LOCAL_URL`` says.

    Raises
    ------
    LabError
        For none, for one of AWS, and unless `allow_remote` for one that is not this machine.
    """
    found = url if url is not None else os.environ.get(URL_VARIABLE)
    if not found:
        raise LabError(
            'backend="endpoint" needs endpoint_url="http://127.0.0.1:8000", or that address in '
            f"{URL_VARIABLE}"
        )
    parts = urlsplit(found)
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme not in ("http", "https") or not host:
        raise LabError(f"endpoint_url={found!r} is no address: write http://127.0.0.1:8000")
    if parts.username is not None or parts.password is not None:
        raise LabError(
            "endpoint_url holds a user name or password: an endpoint is given fake credentials only"
        )
    if f".{host}".endswith(_AWS):
        raise LabError(f'endpoint_url={found!r} is AWS itself: see backend="aws"')
    if not (allow_remote or is_loopback(host)):
        raise LabError(
            f"endpoint_url={found!r} is not this machine: Lab(..., allow_remote=True) if that is meant"
        )
    return found


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine, without asking a name server."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
