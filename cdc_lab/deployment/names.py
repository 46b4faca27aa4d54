"""What stands for the lab's names in a template: logical ids, and references to resources."""

from __future__ import annotations

import re
from typing import Any

from cdc_lab.deployment.observed import World


def ref(logical_id: str) -> dict[str, Any]:
    """Return ``!Ref``."""
    return {"Ref": logical_id}


def att(logical_id: str, attribute: str) -> dict[str, Any]:
    """Return ``!GetAtt``."""
    return {"Fn::GetAtt": [logical_id, attribute]}


def sub(text: str) -> dict[str, Any]:
    """Return ``!Sub``."""
    return {"Fn::Sub": text}


class Names:
    """The logical ids of one world, and what stands for its ARNs, URLs and names.

    Parameters
    ----------
    world : World
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._taken: set[str] = set()
        self.functions = self._ids((one.name for one in world.functions), "Function")
        self.tables = self._ids(world.tables, "Table")
        self.queues = self._ids(world.queues, "Queue")
        self.topics = self._ids(world.topics, "Topic")
        self.buckets = self._ids(world.buckets, "Bucket")
        self.buses = self._ids(world.buses, "Bus")
        self._named: dict[str, dict[str, Any]] = {
            **{name: ref(one) for name, one in self.tables.items()},
            **{world.queues[name]["QueueUrl"]: ref(one) for name, one in self.queues.items()},
            **{name: ref(one) for name, one in self.buckets.items()},
            **{name: ref(one) for name, one in self.buses.items()},
        }

    def _ids(self, names: Any, kind: str) -> dict[str, str]:
        return {name: self.new_id(name, kind) for name in names}

    def new_id(self, name: str, kind: str) -> str:
        """Return a logical id that no other resource has: ``delay-board`` becomes ``DelayBoardFunction``."""
        words = re.findall(r"[A-Za-z0-9]+", name)
        base = "".join(word[:1].upper() + word[1:] for word in words)
        base = base if base.endswith(kind) else base + kind
        base = base if base[:1].isalpha() else f"The{base}"
        found, number = base, 2
        while found in self._taken:
            found, number = f"{base}{number}", number + 1
        self._taken.add(found)
        return found

    def value(self, text: str) -> Any:
        """Return what stands for a value of an environment: a reference where it names a resource."""
        if text in self._named:
            return self._named[text]
        return self.arn(text) if text.startswith("arn:") else text

    def arn(self, arn: str) -> Any:
        """Return what stands for an ARN: a reference to the resource, or the ARN in the stack's account."""
        if not arn.startswith("arn:"):
            return arn
        service, name = arn.split(":")[2], arn.split(":", 5)[5]
        found = getattr(self, f"_{service}", lambda _: None)(name)
        return self._elsewhere(arn) if found is None else found

    def _elsewhere(self, arn: str) -> Any:
        parts = arn.split(":", 5)
        filled = [parts[0], "${AWS::Partition}", parts[2]]
        filled.append("${AWS::Region}" if parts[3] == self._world.region else parts[3])
        filled.append("${AWS::AccountId}" if parts[4] == self._world.account_id else parts[4])
        return sub(":".join([*filled, parts[5]]))

    def _dynamodb(self, name: str) -> Any:
        kind, _, rest_of_name = name.partition("/")
        table, *rest = rest_of_name.split("/")
        if kind != "table" or table not in self.tables:
            return None
        logical_id = self.tables[table]
        if not rest:
            return att(logical_id, "Arn")
        if rest[0] == "stream" and "*" not in name:
            return att(logical_id, "StreamArn")
        return sub("/".join([f"${{{logical_id}.Arn}}", *rest]))

    def _sqs(self, name: str) -> Any:
        return att(self.queues[name], "Arn") if name in self.queues else None

    def _sns(self, name: str) -> Any:
        return ref(self.topics[name]) if name in self.topics else None

    def _s3(self, name: str) -> Any:
        bucket, slash, rest = name.partition("/")
        if bucket not in self.buckets:
            return None
        return sub(f"${{{self.buckets[bucket]}.Arn}}/{rest}") if slash else att(self.buckets[bucket], "Arn")

    def _lambda(self, name: str) -> Any:
        kind, _, rest = name.partition(":")
        function, *qualifier = rest.split(":")
        if kind != "function" or function not in self.functions:
            return None
        arn = att(self.functions[function], "Arn")
        return sub(f"${{{self.functions[function]}.Arn}}:{qualifier[0]}") if qualifier else arn

    def _events(self, name: str) -> Any:
        kind, _, bus = name.partition("/")
        return att(self.buses[bus], "Arn") if kind == "event-bus" and bus in self.buses else None
