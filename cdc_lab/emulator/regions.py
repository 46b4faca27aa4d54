"""The names of AWS's regions, as the installed botocore knows them."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from cdc_lab.errors import LabError

_HOME = "us-east-1"


def checked_region(name: str) -> str:
    """Return a region's name, if there is such a region.

    Every partition counts: ``cn-north-1`` and ``us-gov-west-1`` are regions, too. So do botocore's names for
    services without regions (``aws-global``).

    Raises
    ------
    LabError
        For an unknown name; it tells the names that look like it. On AWS the client would find no host.
    """
    if is_region(name) or name.endswith("-global"):
        return name
    near = get_close_matches(name.lower(), _known(), n=3)
    remedy = f"did you mean {' or '.join(near)}?" if near else f"write one such as {_HOME} or eu-west-1"
    raise LabError(f"AWS has no region {name!r}: {remedy}")


def is_region(name: str) -> bool:
    """Whether AWS has a region of that name."""
    return name == _HOME or name in _known()  # to read botocore's list takes 0.1 s


def partition_of(region: str) -> str:
    """Return the partition in the ARNs of a region: ``aws``, ``aws-cn``, ``aws-us-gov``, ..."""
    return "aws" if region == _HOME else _partition(region)


@cache
def _known() -> tuple[str, ...]:
    import botocore.session

    session = botocore.session.get_session()
    return tuple(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("dynamodb", partition)
    )


@cache
def _partition(region: str) -> str:
    import botocore.session

    return str(botocore.session.get_session().get_partition_for_region(region))
