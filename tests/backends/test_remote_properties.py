"""Random services: whatever GetRecords answers on the way, every record arrives, and in order per item."""

from __future__ import annotations

import contextlib
import random

import pytest

from cdc_lab import LabError

from .wall import FakeShard, RemoteWorld, no_connection, record, refusal

WORLDS = 25
PASSING = ("LimitExceededException", "InternalServerError", "ThrottlingException")


def random_shards(world: RemoteWorld, rng: random.Random) -> dict[str, list[int]]:
    """Shards of some generations, with empty pages; gives each item's numbers in the order of its changes."""
    numbers: dict[str, list[int]] = {}
    generation: list[FakeShard | None] = [None] * rng.randint(1, 2)
    count, start = 0, 0.0
    for _ in range(rng.randint(1, 3)):
        end = start + rng.uniform(5, 2000)
        shards = []
        for parent in generation:
            count += 1
            shard = world.streams.shard(count, parent=parent)
            item = (
                f"F{count}" if parent is None else parent.entries[0][1]["dynamodb"]["Keys"]["flight_id"]["S"]
            )  # type: ignore[index]
            times = sorted(rng.uniform(start, end) for _ in range(rng.randint(1, 12)))
            for place, at in enumerate(times):
                shard.entries += [(at, None)] * rng.choice([0, 0, 0, 2])
                number = count * 1000 + place
                if not shard.entries or shard.entries[0][1] is not None or place:
                    shard.entries.append((at, record(number, flight=item, created=at)))
                else:
                    shard.entries.insert(0, (times[0], record(number, flight=item, created=at)))
                numbers.setdefault(item, []).append(number)
            shards.append(shard)
        generation, start = list(shards), end
        if rng.random() < 0.7:
            for shard in shards:
                shard.closed_at = end
        else:
            break
    return numbers


@pytest.mark.parametrize("number", range(WORLDS))
def test_every_record_arrives_in_order(world: RemoteWorld, seed: int, number: int) -> None:
    # GIVEN shards that close and succeed each other, a service that refuses at times, and a user who pauses
    rng = random.Random(f"{seed}:{number}")
    wanted = random_shards(world, rng)
    arrived: dict[str, list[int]] = {}

    def handler(event: dict[str, object], context: object) -> None:
        for one in event["Records"]:  # type: ignore[attr-defined]
            image = one["dynamodb"]["NewImage"]
            arrived.setdefault(image["flight_id"]["S"], []).append(int(image["n"]["N"]))

    uuid = world.connect(
        handler, BatchSize=rng.choice([1, 4, 100]), ParallelizationFactor=rng.choice([1, 1, 4]),
        MaximumBatchingWindowInSeconds=rng.choice([0, 0, 2]),
    )  # fmt: skip
    # WHEN it runs piece by piece, disconnected and disabled on the way, until everything was written
    while world.wall.seconds < 7000:
        with contextlib.suppress(LabError):  # the endpoint was away
            world.run(until=world.wall.seconds + rng.choice([1.0, 30.0, 400.0]))
        world.wall.sleep(rng.choice([0.0, 10.0, 2000.0]))
        world.streams.failing += [refusal(rng.choice(PASSING)) for _ in range(rng.choice([0, 0, 3]))]
        world.streams.failing += [no_connection()] * rng.choice([0, 0, 0, 1])
        state = world.functions.get_event_source_mapping(UUID=uuid)["State"]
        if rng.random() < 0.3 and state in ("Enabled", "Disabled"):
            world.functions.update_event_source_mapping(UUID=uuid, Enabled=state == "Disabled")
    world.streams.failing.clear()
    world.run(until=world.wall.seconds + 5)
    if world.functions.get_event_source_mapping(UUID=uuid)["State"] == "Disabled":
        world.functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    world.run()
    # THEN every record arrived, each item's in order (A36), and none twice: nothing failed
    assert arrived == wanted
