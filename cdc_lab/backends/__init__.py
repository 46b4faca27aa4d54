"""Where DynamoDB and its streams are: in this process, at an endpoint, or on AWS.

Lambda, its functions and mappings are the lab's in every case, and so are queues, topics and buckets. With
DynamoDB Local running on this machine::

    with Lab(backend="endpoint", endpoint_url="http://127.0.0.1:8000") as lab:
        orders = lab.create_table("orders", partition_key="order_id")
        lab.attach(handler, orders, timeout=3)
        orders.put_item(Item={"order_id": "1"})
        lab.run()  # until the shards have given nothing for a second; run(until=timedelta(minutes=5)) waits

Tables outlive the lab there. What differs from the emulator:

- Time is the wall clock's: polls, windows, retries and sleeps are waited for. Handlers run one at a time;
  only their sleeps overlap. One that computes beyond its timeout is cut a moment later.
- A record that fails for good is really retried for a day: give ``MaximumRetryAttempts``, or ``until``.
- Splitting shards, expiring items and moving the clock are refused.
- DynamoDB Local gives creation times in whole minutes, where AWS gives seconds (A9): the age of a record is
  counted from when it was read, or from the end of its minute where that came before. Its records say
  ``ddblocal`` for the region, and its sequence numbers are padded with zeros: report them as they are.

``backend="aws"`` reads your account's streams and runs mappings here: ``aws.py`` says what it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from cdc_lab.clock import START, Clock
from cdc_lab.emulator.account import ACCOUNT_ID, Account
from cdc_lab.emulator.dynamodb.table_request import checked_shards
from cdc_lab.emulator.dynamodb.throughput import PartitionThroughput, checked_throughput
from cdc_lab.emulator.emulated import EmulatedBackend
from cdc_lab.emulator.regions import checked_region
from cdc_lab.errors import LabError

if TYPE_CHECKING:
    from cdc_lab.backends.remote import Remote

BACKENDS = ("moto", "endpoint", "aws")

Opening = Callable[[str], Account]


def prepare(
    backend: str,
    endpoint_url: str | None,
    allow_remote: bool,
    seed: int,
    shards: int,
    start: datetime,
    region: str,
    partition_throughput: object = False,
) -> Opening:
    """Check what a lab is opened with; gives what opens its account.

    Parameters
    ----------
    backend : str
        ``moto`` (in this process, virtual time), ``endpoint`` or ``aws`` (real time).
    endpoint_url : str or None
        Of the endpoint; by default what ``DYNAMODB_LOCAL_URL`` says.
    allow_remote : bool
        Whether the endpoint may be another machine.
    seed, shards, start, region
        See :class:`cdc_lab.Lab`; on real time `shards` and `start` are the service's to say.
    partition_throughput : bool or PartitionThroughput
        See :class:`cdc_lab.Lab`; for the emulator alone.

    Raises
    ------
    LabError
        Before anything is opened, connected to or read.
    """
    if backend not in BACKENDS:
        raise LabError(f"backend={backend!r}: take one of {', '.join(BACKENDS)}")
    if type(seed) is not int:
        raise LabError(f"seed={seed!r}: give a whole number")
    checked_shards(shards)
    checked_region(region)
    throughput = checked_throughput(partition_throughput)
    if backend != "endpoint" and (endpoint_url is not None or allow_remote):
        raise LabError(f'endpoint_url and allow_remote go with backend="endpoint", not with {backend!r}')
    if backend == "moto":
        return _in_process(seed, shards, start, region, throughput)
    if throughput is not None:
        raise LabError(
            f"partition_throughput is for the emulator: with backend={backend!r} the service itself says "
            "what a partition takes"
        )
    if start is not START or shards != 1:
        what = "start" if start is not START else "shards"
        raise LabError(
            f"{what} is for the emulator: with backend={backend!r} time is the wall clock's, "
            "and a stream has the shards that it has"
        )
    if backend == "endpoint":
        from cdc_lab.backends.endpoint import checked_url, endpoint

        url = checked_url(endpoint_url, allow_remote)
        return _on_real_time(lambda: endpoint(url), seed, region)
    from cdc_lab.backends.aws import aws, require_permission

    require_permission()
    return _on_real_time(aws, seed, region)


def _in_process(
    seed: int, shards: int, start: datetime, region: str, throughput: PartitionThroughput | None
) -> Opening:
    clock = Clock(start)

    def opening(name: str) -> Account:
        backend = EmulatedBackend(
            clock,
            account_id=ACCOUNT_ID,
            region=region,
            seed=seed,
            shards=shards,
            throughput=throughput,
        )
        return Account(name, backend, seed=seed, region=region)

    return opening


def _on_real_time(remote: Callable[[], Remote], seed: int, region: str) -> Opening:
    def opening(name: str) -> Account:
        from cdc_lab.backends.remote import RemoteBackend

        return Account(name, RemoteBackend(remote(), region=region), seed=seed, region=region)

    return opening
