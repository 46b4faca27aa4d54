"""From a fresh process to the first write: the lab beside plain moto.

Each round starts a process for each side, in an order that rotates. "To the first put" counts from the first
line of the program, "process" from its start to its end; both by the time that the processor worked, with the
wall beside it.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 9
TARGETS = {"to the first put": 0.8, "process": 0.55}

TABLE = """
client.create_table(TableName="flights", KeySchema=[{"AttributeName": "flight_id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "flight_id", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
    StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
client.put_item(TableName="flights", Item={"flight_id": {"S": "UA1545"}})
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))
"""
START = "import json, time\nwall, cpu = time.perf_counter(), time.process_time()\n"
PROGRAMS = {
    "plain moto": START
    + """
import boto3
from moto import mock_aws
mock_aws().start()
client = boto3.client("dynamodb", region_name="us-east-1")
"""
    + TABLE,
    "cdc_lab": START
    + """
from cdc_lab import Lab
lab = Lab(seed=7)
client = lab.client("dynamodb")
"""
    + TABLE,
}


def run(side: str) -> dict[str, tuple[float, float]]:
    """Seconds of processor and wall, to the first put and of the whole process."""
    environment = os.environ | {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAMS[side]], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    wall = time.perf_counter() - wall
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    to_put_wall, to_put_cpu = json.loads(done.stdout)
    return {"to the first put": (to_put_cpu, to_put_wall), "process": (cpu, wall)}


def main() -> int:
    """Print the table; return 1 when a target was missed."""
    sides = list(PROGRAMS)
    rounds: dict[str, list[dict[str, tuple[float, float]]]] = {side: [] for side in sides}
    for turn in range(-1, ROUNDS):
        for side in sides[turn % 2 :] + sides[: turn % 2]:
            one = run(side)
            if turn >= 0:  # the first round fills the caches of files
                rounds[side].append(one)
    print(f"Start, milliseconds, min / median / max of {ROUNDS} processes")
    print(f"  {'':20}{'side':16}{'by the processor':>26}{'by the wall':>26}")
    missed = 0
    for what, target in TARGETS.items():
        medians = {}
        for side in sides:
            cells = ""
            for clock in (0, 1):
                values = sorted(1000 * one[what][clock] for one in rounds[side])
                cells += f"{f'{values[0]:,.0f} / {statistics.median(values):,.0f} / {values[-1]:,.0f}':>26}"
            medians[side] = statistics.median(one[what][0] for one in rounds[side])
            print(f"  {what:20}{side:16}{cells}")
        ratio = medians["cdc_lab"] / medians["plain moto"]
        missed += ratio > target
        verdict = "reached" if ratio <= target else "MISSED"
        print(f"  {'':20}{ratio:.2f} times plain moto's (target at most {target:g}: {verdict})")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
