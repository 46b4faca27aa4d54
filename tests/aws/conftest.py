"""Tests that talk to a real AWS account: skipped unless asked for twice.

They were never run against AWS by the authors of this course. They make on-demand tables named
``cdc-lab-test-...`` and delete them; a run reads and writes a few dozen small items.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cdc_lab import Lab
from cdc_lab.backends.aws import PERMISSION, TABLE_PREFIX

REASON = (
    "to compare with the real DynamoDB, which may cost money, run pytest tests/aws -m aws with "
    f"{PERMISSION}=1 and your AWS credentials in the environment "
    "(CDC_LAB_AWS_REGION names a region other than us-east-1)"
)

Make = Callable[..., Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip them unless the environment allows them: ``-m aws`` alone is asking once."""
    for item in items:
        if item.get_closest_marker("aws") and os.environ.get(PERMISSION) != "1":
            item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.fixture
def real_lab() -> Iterator[Lab]:
    """A lab whose DynamoDB is AWS's; the tables made in it are deleted, whatever happens."""
    with Lab(seed=7, backend="aws", region=os.environ.get("CDC_LAB_AWS_REGION", "us-east-1")) as lab:
        yield lab


@pytest.fixture
def make_table(real_lab: Lab) -> Iterator[Make]:
    """Makes tables on AWS under names of their own."""
    client = real_lab.client("dynamodb")
    names: list[str] = []

    def make(**options: Any) -> Any:
        names.append(f"{TABLE_PREFIX}test-{uuid.uuid4().hex[:12]}")
        return real_lab.create_table(names[-1], "id", **options)

    yield make
    failed = []
    for name in names:
        try:
            client.get_waiter("table_exists").wait(TableName=name)
            client.delete_table(TableName=name)
        except client.exceptions.ResourceNotFoundException:
            continue
        except Exception as error:  # go on with the others, then say what is left behind
            failed.append(f"{name}: {error}")
    assert not failed, f"delete these tables by hand: {failed}"
