"""A storm morning behind one function: for lessons that look at what it left in logs, metrics and queues."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdc_lab.classroom.datasets import Day
    from cdc_lab.lab import Lab

LENGTH = timedelta(hours=3, minutes=45)


def storm_morning(lab: Lab, day: Day, handler: Callable[..., Any], **options: Any) -> None:
    """Let the morning's changes reach a function, until nothing is left to deliver.

    The table is ``flights``, with four shards, the function is called ``fleet``. A record is given up when it
    is half an hour old, and Lambda then sends a message to the queue ``given-up``.

    Parameters
    ----------
    lab : Lab
        A fresh one, whose clock shows the day's start.
    day : Day
    handler : callable
    **options
        As for ``lab.attach``.
    """
    flights = lab.create_table("flights", partition_key="flight_id", shards=4)
    queue = lab.resource("sqs").create_queue(QueueName="given-up")
    settings = {
        "MaximumRecordAgeInSeconds": 1800,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "DestinationConfig": {"OnFailure": {"Destination": queue.attributes["QueueArn"]}},
        **options,
    }
    lab.attach(handler, flights, name="fleet", **settings)
    day.replay(lab, flights, until=day.start + LENGTH)
    lab.run()
