"""A crash takes all that an execution environment remembers, wherever the handler keeps it."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from cdc_lab import Lab
from cdc_lab.testing import Faults, run_handler
from cdc_lab.testing.schedules import prepare

# Where a handler may keep what it has seen: its module `forgets_app`, and `common`, which lies elsewhere.
# `add` remembers, `count` tells how much is remembered.
KEPT: dict[str, tuple[str, str]] = {
    "a class of the handler's module": (
        "class Seen:\n    ids = set()\n    def add(self, one): self.ids.add(one)\n"
        "def add(one): Seen().add(one)\ndef count(): return len(Seen.ids)",
        "",
    ),
    "an attribute that a class did not have": (
        "class Seen: pass\ndef add(one): Seen.ids = [*getattr(Seen, 'ids', ()), one]\n"
        "def count(): return len(getattr(Seen, 'ids', ()))",
        "",
    ),
    "a singleton that a class makes": (
        "class Seen:\n    one = None\n    def __init__(self): self.ids = []\n"
        "    @classmethod\n    def get(cls):\n        cls.one = cls.one or cls()\n        return cls.one\n"
        "def add(one): Seen.get().ids.append(one)\ndef count(): return len(Seen.get().ids)",
        "",
    ),
    "an object that stands in a class": (
        "class Ids:\n    def __init__(self): self.ids = []\nclass Seen:\n    kept = Ids()\n"
        "def add(one): Seen.kept.ids.append(one)\ndef count(): return len(Seen.kept.ids)",
        "",
    ),
    "a global that a method and a function use": (
        "IDS = []\nclass Seen:\n    def add(self, one): IDS.append(one)\n"
        "def add(one): Seen().add(one)\ndef count(): return len(IDS)",
        "",
    ),
    "a deque and a Decimal": (
        "from collections import deque\nfrom decimal import Decimal\nLAST, TOTAL = deque(), Decimal(0)\n"
        "def add(one):\n    global TOTAL\n    TOTAL += 1\n    LAST.append(one)\n"
        "def count(): return max(len(LAST), TOTAL)",
        "",
    ),
    "a name of a module": (
        "import common\ndef add(one): common.IDS.append(one)\ndef count(): return len(common.IDS)",
        "IDS = []",
    ),
    "a name that a module did not have": (
        "import common\ndef add(one): common.first = one\ndef count(): return hasattr(common, 'first')",
        "",
    ),
    "a global behind a module's function": (
        "import common\ndef add(one): common.add(one)\ndef count(): return common.count()",
        "N = 0\ndef add(one):\n    global N\n    N += 1\ndef count(): return N",
    ),
    "a class of a module": (
        "from common import Seen\ndef add(one): Seen.ids[one] = 1\ndef count(): return len(Seen.ids)",
        "class Seen:\n    ids = {}",
    ),
    "a cache of a module": (
        "import common\ndef add(one): common.kept().append(one)\ndef count(): return len(common.kept())",
        "import functools\n@functools.cache\ndef kept(): return []",
    ),
}
HANDLER = """
import boto3

KEPT

def handler(event, context):
    totals = boto3.resource("dynamodb", region_name="us-east-1").Table("totals")
    for record in event["Records"]:
        totals.put_item(Item={"id": record["eventID"] + context.aws_request_id, "remembered": int(count())})
        add(record["eventID"])
        totals.put_item(Item={"id": "done"})
"""


@pytest.fixture
def deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Writes the two modules, each into a folder of its own."""
    for folder in ("app", "elsewhere"):
        (tmp_path / folder).mkdir()
        monkeypatch.syspath_prepend(str(tmp_path / folder))
    forget()

    def write(kept: str) -> None:
        app, common = KEPT[kept]
        (tmp_path / "app" / "forgets_app.py").write_text(textwrap.dedent(HANDLER).replace("KEPT", app))
        (tmp_path / "elsewhere" / "common.py").write_text(common)

    yield write
    forget()


def forget() -> None:
    for name in ("forgets_app", "common"):
        sys.modules.pop(name, None)


def remembered(handler: Any) -> list[int]:
    """How much the handler remembered before each of its records, in a lab of a test's."""
    with Lab() as lab:
        prepare(lab)
        totals = lab.create_table("totals", "id", stream_view_type=None)
        orders = lab.create_table("orders", "order_id")
        placed = [{"order_id": "a"}, {"order_id": "b"}]
        # It dies at its fourth call, in its second record: it had remembered the first.
        run_handler(lab, handler, orders, placed, faults=Faults(crash_after=4), BatchSize=2)
        items = [item for item in totals.scan()["Items"] if item["id"] != "done"]
        # Two of the environment that ended, and two of the next one.
        assert len(items) == 4
        return sorted(int(item["remembered"]) for item in items)


@pytest.mark.parametrize("given", ["by name", "as a function"])
@pytest.mark.parametrize("kept", list(KEPT))
def test_a_crash_loses_it_and_so_does_the_next_lab(
    kept: str, given: str, deployed: Callable[[str], None]
) -> None:
    # GIVEN a handler that remembers there
    deployed(kept)
    name = "forgets_app.handler"
    handler = name if given == "by name" else importlib.import_module("forgets_app").handler
    # WHEN its environment ends in the second of two records
    # THEN the next environment starts without a memory, and so does the next lab
    assert remembered(handler) == [0, 0, 1, 1]
    assert remembered(handler) == [0, 0, 1, 1]


class Partner:
    """A stand-in in which a test notes what it was asked."""

    asked: ClassVar[list[str]] = []
    count = 0


def test_what_the_test_reads_of_a_class_or_module_is_not_lost(deployed: Callable[[str], None]) -> None:
    # GIVEN a handler that calls the test's stand-in, and a module in which the test looks itself
    deployed("a name of a module")
    common = importlib.import_module("common")

    def handler(event: Any, context: Any) -> None:
        for record in event["Records"]:
            Partner.asked.append(record["eventID"])
            Partner.count += 1
            common.IDS.append(record["eventID"])
            boto3_call(event)

    def boto3_call(event: Any) -> None:
        lab.client("dynamodb").list_tables()

    with Lab() as lab:
        prepare(lab)
        orders = lab.create_table("orders", "order_id")
        run_handler(lab, handler, orders, [{"order_id": "a"}], faults=Faults(crash_after=1))
        # THEN what it noted before the crash is there
        assert len(Partner.asked) == Partner.count == len(common.IDS) == 2


def test_what_a_test_patched_stays_patched(
    deployed: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a setting of a module that a test patches, and the handler changes
    deployed("a global behind a module's function")
    common: Any = importlib.import_module("common")
    monkeypatch.setattr(common, "N", 5)
    # THEN each environment starts with the test's setting
    assert remembered(importlib.import_module("forgets_app").handler) == [5, 5, 6, 6]
    now = vars(common)  # `common.N` would be the test's own look, and stay
    assert now["N"] == 5
    monkeypatch.undo()
    assert now["N"] == 0
