"""The storm morning: a flight without an aircraft is given up after half an hour."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from cdc_lab import Lab
from cdc_lab.classroom.datasets import load_day
from cdc_lab.classroom.mornings import storm_morning
from cdc_lab.patterns import process_batch

DAY = load_day("2013-03-08")


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(seed=7, start=DAY.start) as opened:
        yield opened


def test_what_a_handler_cannot_process_is_in_the_queue_afterwards(lab):
    # GIVEN a handler that needs an attribute which one flight of the morning does not have
    fleet = {}

    def save(record):
        if record.event_name == "INSERT":
            fleet[record.keys["flight_id"]] = record.new_image["tailnum"]

    # WHEN the morning has passed
    storm_morning(lab, DAY, lambda event, context: process_batch(event, save))
    # THEN all but that flight are there, and one message says where its record is
    assert len(fleet) > 100
    assert "US2118" not in fleet
    messages = lab.resource("sqs").get_queue_by_name(QueueName="given-up").receive_messages()
    assert [json.loads(message.body)["DDBStreamBatchInfo"]["batchSize"] for message in messages] == [1]
