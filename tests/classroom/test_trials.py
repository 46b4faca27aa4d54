"""Trials: handlers that are tried one after the other count independently of each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdc_lab import Faults, Lab
from cdc_lab.classroom.datasets import load_day
from cdc_lab.classroom.trials import Trials
from cdc_lab.patterns import process_batch, process_with_idempotency

SEED = 7
THREE = load_day("2013-03-08").changes()[:3]


def one_more(record):
    return {
        "Key": {"origin": record.new_image["origin"]},
        "UpdateExpression": "ADD flights :one",
        "ExpressionAttributeValues": {":one": 1},
    }


@pytest.fixture
def trials() -> Iterator[Trials]:
    with Lab(seed=SEED) as lab:
        yield Trials(lab)


def test_a_trial_begins_with_an_empty_board_and_its_own_stream(trials):
    # GIVEN a handler that adds whatever comes
    def handler(event, context):
        return process_batch(event, lambda record: trials.board.update_item(**one_more(record)))

    # WHEN it is tried twice, the second time with duplicates
    first = trials.deliver(handler, THREE)
    second = trials.deliver(handler, THREE, Faults(seed=SEED, duplicates=0.99))
    # THEN each trial counts its own deliveries alone
    assert first == 3, SEED
    assert second == len(trials.trace.deliveries) == 6, SEED


def test_a_crash_after_each_step_shows_which_handler_counts_wrongly(trials):
    # GIVEN a handler that counts and remembers in two calls, and one that does so in a transaction
    def remember_last(record):
        if "Item" not in trials.processed.get_item(Key={"event_id": record.event_id}):
            trials.board.update_item(**one_more(record))
            trials.processed.put_item(Item={"event_id": record.event_id})

    def together(record):
        effect = {"Update": {"TableName": "board", **one_more(record)}}
        process_with_idempotency(record, trials.processed, [effect])

    def handler_of(process):
        return lambda event, context: process_batch(event, process)

    # WHEN the environment dies after each of their steps
    two_calls = trials.crash_after_each_step(handler_of(remember_last), THREE)
    one_call = trials.crash_after_each_step(handler_of(together), THREE)
    # THEN the two calls double a flight, and the transaction never does
    assert set(two_calls) == {3, 4}
    assert set(one_call) == {3}
    # AND there is a trial for each call that the handler makes, and none without a crash
    assert list(two_calls.index) == list(range(1, 10))
    assert list(one_call.index) == [1, 2, 3]
