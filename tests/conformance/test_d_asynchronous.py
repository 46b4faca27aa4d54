"""D68: what happens to an asynchronous event when its function fails."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise

from cdc_lab import Lab


def test_d68_a_failing_event_is_tried_twice_more_and_then_sent_to_the_functions_own_destination():
    with Lab(seed=1) as lab:
        # GIVEN a function that always fails, with an on-failure destination of its own
        attempts = []

        def worker(event, context):
            attempts.append(lab.clock.now())
            raise RuntimeError("the service is down")

        lab.create_function("worker", worker)
        queue = lab.resource("sqs").create_queue(QueueName="failed")
        destination = {"OnFailure": {"Destination": queue.attributes["QueueArn"]}}
        client = lab.client("lambda")
        client.put_function_event_invoke_config(FunctionName="worker", DestinationConfig=destination)
        # WHEN it is invoked asynchronously
        client.invoke(FunctionName="worker", InvocationType="Event", Payload=b"{}")
        lab.run(until=timedelta(minutes=10))
        # THEN there are three attempts, a minute and two minutes apart
        waits = [later - earlier for earlier, later in pairwise(attempts)]
        assert [round(wait.total_seconds() / 60) for wait in waits] == [1, 2]
        # AND the destination has the event with the reason
        (message,) = queue.receive_messages()
        assert json.loads(message.body)["requestContext"]["condition"] == "RetriesExhausted"
