"""``cdc-lab plan``: the planner at the command line."""

from __future__ import annotations

import argparse

from cdc_lab.planner.planning import Sink, plan
from cdc_lab.planner.prices import Prices
from cdc_lab.planner.workload import Function, Workload


def run(options: argparse.Namespace) -> int:
    """Print a plan.

    Raises
    ------
    PlanError
        When it cannot be met: one line.
    """
    given = options.account_concurrency
    found = plan(
        Workload(
            writes=options.writes,
            shards=options.shards,
            item_bytes=options.item_bytes,
            hot_share=options.hot_share,
            readers=options.readers,
        ),
        Function(
            seconds_per_record=options.seconds_per_record,
            seconds_per_batch=options.seconds_per_batch,
            timeout=options.timeout,
            memory_mb=options.memory,
            concurrency=options.concurrency,
            **({} if given is None else {"account_concurrency": given}),
        ),
        lag=options.lag,
        sink=Sink(
            writes_per_record=options.sink_writes,
            item_bytes=options.sink_item_bytes,
            is_transactional=not options.no_transactions,
        ),
        headroom=options.headroom,
        prices=Prices.read(options.prices) if options.prices else None,
    )
    print(found)
    print()
    print(found.bill)
    return 0
