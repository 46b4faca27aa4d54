"""What all tests share: no AWS account, no network, one seed that is printed."""

from __future__ import annotations

import os
import random
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from cdc_lab.course.committed import under_test
from cdc_lab.course.project import find_root
from cdc_lab.lab import Lab

# The same examples in every run: a red test stays red for whoever looks next.
# HYPOTHESIS_PROFILE=search looks for more.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

SEED = int(os.environ.get("CDC_LAB_TEST_SEED", "2013"))


# Which notebooks are tested is decided once; the processes of pytest-xdist, and those of kernels, inherit it.
NOTEBOOKS = under_test(find_root())
os.environ.update(NOTEBOOKS.environment)


def pytest_report_header() -> list[str]:
    """Name the seed, and the notebooks where they are not simply the committed ones, in the first lines."""
    seed = f"cdc-lab: randomised tests use CDC_LAB_TEST_SEED={SEED}"
    return [seed, f"cdc-lab: {NOTEBOOKS.said}"] if NOTEBOOKS.said else [seed]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep a sample of the long tests of lessons, where one is asked for; then decide the order.

    ``CDC_LAB_LESSONS=8`` keeps so many of the tests with the marker ``every_lesson``; CDC_LAB_TEST_SEED,
    which is printed, decides which. Several processes get the long files first, so that none is still at one
    when the others are done.
    """
    if "CDC_LAB_LESSONS" in os.environ:
        long_ones = [item for item in items if item.get_closest_marker("every_lesson")]
        most = min(int(os.environ["CDC_LAB_LESSONS"]), len(long_ones))
        left_out = set(long_ones) - set(random.Random(SEED).sample(long_ones, most))
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=list(left_out))
    if "PYTEST_XDIST_WORKER" in os.environ:
        long = {
            item.path
            for item in items
            if item.path.suffix == ".ipynb" or item.get_closest_marker("notebooks")
        }
        items.sort(key=lambda item: item.path not in long)


@pytest.fixture
def seed() -> int:
    """The seed of randomised tests; a failing test shows it with its captured output."""
    print(f"CDC_LAB_TEST_SEED={SEED}")
    return SEED


@pytest.fixture
def rng(seed: int) -> random.Random:
    """A random generator of the test's own."""
    return random.Random(seed)


@pytest.fixture(autouse=True)
def _no_aws_account(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test a fake account, whatever the machine's settings are."""
    if request.node.get_closest_marker("aws"):
        return
    for name in [
        name for name in os.environ if re.match(r"AWS_(PROFILE|ENDPOINT_URL|ROLE|WEB_ID|CONTAINER)", name)
    ]:
        monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.fixture(autouse=True, scope="module")
def _no_lab_left_open() -> Iterator[None]:
    """Find the file that leaves a lab open: the lab would answer in moto's place in a later file."""
    yield
    left = Lab._open
    if left is not None:
        left.close()
        pytest.fail(f"this file leaves a lab open: {left!r}")


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse connections that leave this machine."""
    if request.node.get_closest_marker("aws") or request.node.get_closest_marker("integration"):
        yield
        return
    connect = socket.socket.connect

    def at_home(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to connect to {address[0]}:{address[1]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", at_home)
    yield
