"""D46: what an invocation leaves unfinished is frozen with its environment."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta

from cdc_lab import Lab


def test_d46_a_thread_goes_on_in_the_next_invocation_and_its_sleep_is_over_then():
    with Lab(seed=1) as lab:
        # GIVEN a handler that leaves a thread which writes down when it wakes
        woken: list[float] = []

        def sleeps() -> None:
            for _ in range(2):
                time.sleep(1)
                woken.append(time.time())

        def handler(event, context):
            if event == "first":
                threading.Thread(target=sleeps).start()
            else:
                time.sleep(0.5)
            return time.time()

        lab.create_function("fn", handler)

        def invoke(event):
            payload = json.dumps(event).encode()
            return json.loads(
                lab.client("lambda").invoke(FunctionName="fn", Payload=payload)["Payload"].read()
            )

        # WHEN it is invoked, and once more a minute later
        invoke("first")
        lab.clock.advance(timedelta(minutes=1))
        assert woken == []
        ended = invoke("second")
        # THEN the sleep is over when the second invocation begins, and the next one is not when it ends
        assert len(woken) == 1
        assert woken[0] < ended - 0.4
