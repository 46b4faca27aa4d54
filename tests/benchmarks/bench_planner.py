"""The coarse simulation beside the lab's own poller, over a grid; and a million writes a second.

Prints lag and throughput of both, and the difference. Ends with 1 when a setting differs by more than 10 %,
or when an hour of a million writes a second takes 20 seconds of the processor or more.
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cdc_lab.planner import Function, Outcome, Workload, simulate, simulation
from tests.planner.grid import WITHIN, compare, heading, line, settings

HOUR_SECONDS = 20.0  # of the processor
HOUR = {
    "slow records, 10 lanes": (Function(seconds_per_record=0.005, account_concurrency=20_000), 10),
    "quick records, 2 lanes": (Function(seconds_per_record=0.0005, account_concurrency=20_000), 2),
    "an account with too little concurrency": (Function(seconds_per_record=0.001), 2),
}


def few_places(least: float) -> Outcome:
    """Return ten minutes of 110 shards with too little concurrency, the sample as large as that needs."""
    function = Function(seconds_per_record=0.001, account_concurrency=100)
    simulation.LEAST_AT_ONCE = least
    return simulate(Workload(writes=1e5, shards=110), function, seconds=600, ParallelizationFactor=2)


def main() -> int:
    """Print both tables."""
    rows = []
    print(heading())
    for setting in settings():
        rows.append(compare(setting))
        print(line(rows[-1]), flush=True)
    near = sum(row.setting.is_near_the_knee for row in rows)
    missed = [row for row in rows if not row.holds]
    print(f"{len(rows)} settings, {near} of them at 70 to 130 % of the knee, {len(missed)} beyond 10 %")
    whole, part = (few_places(least) for least in (math.inf, simulation.LEAST_AT_ONCE))
    error = abs(part.behind / whole.behind - 1)
    print(f"100 places for 220 lanes: {part.behind:.1f} s behind, {part.made}")
    print(f"  as simulated with all: {whole.behind:.1f} s behind, {whole.made}")
    slowest = 0.0
    for name, (function, factor) in HOUR.items():
        before = time.process_time()
        outcome = simulate(
            Workload(writes=1e6, shards=1100), function, seconds=3600, ParallelizationFactor=factor
        )
        took = time.process_time() - before
        slowest = max(slowest, took)
        print(f"an hour of a million writes a second, {name}: {took:.1f} s; {outcome!r}, {outcome.made}")
    return 1 if missed or error > WITHIN or slowest >= HOUR_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
