"""A pytest plugin for your own handlers: a fresh lab per test, faults on purpose, and true stream events.

``pip install cdc-lab`` is all: pytest finds the plugin. A test puts a handler behind a stream and makes
things go wrong::

    from cdc_lab.testing import run_handler, under_faults

    @under_faults()
    def test_each_order_counts_once(lab, faults):
        lab.create_table("totals", "id", stream_view_type=None)
        orders = lab.create_table("orders", "order_id")
        placed = [{"order_id": f"o{n}"} for n in range(20)]
        run_handler(lab, "shop.handler", orders, placed, faults=faults, BatchSize=5)
        assert lab.resource("dynamodb").Table("totals").get_item(Key={"id": "all"})["Item"]["n"] == 20

:func:`under_faults` runs it undisturbed, then with batches that come twice, lost acknowledgements, throttles,
a crash after each AWS call, calls that are refused before or after their effect, splits, and mixtures of
these; it reports the shortest schedule that fails. To choose the faults yourself, take the fixtures::

    def test_a_crash_after_the_second_call(lab, faults):
        ...
        run_handler(lab, "shop.handler", orders, placed, faults=faults(crash_after=2))

Fixtures
--------
lab
    A :class:`cdc_lab.Lab`, closed at the end of the test. ``@pytest.mark.cdc_lab(seed=3, shards=2)`` takes
    Lab's parameters; ``--cdc-lab-seed`` gives the seed of the others, a number or ``random``.
faults
    Makes :class:`cdc_lab.Faults` with the lab's seed: ``faults(duplicates=0.3)``,
    ``faults(refuse=[Refusal("dynamodb", "UpdateItem", "InternalServerError", after=True)])``.

What a handler asks of other services than AWS gets its answer from the test, and takes lab time::

        partner = lab.http("https://partner.example/", {"gate": "C12"}, seconds=0.2)
        ...
        assert [request.method for request in partner.requests] == ["GET"]

Without one, a call that would leave the machine ends the test. Processes that a handler starts and sockets
within the machine cannot be followed: pytest's summary lists them.

A test that fails shows the seed and the faults that it used, and what was delivered: equal ones repeat the
run exactly. A run lets a day of lab time pass where something fails for good, as on AWS (C20). Where a
single invocation is enough, :func:`stream_event` and :func:`stream_record` make the event without a lab.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdc_lab.emulator.faults import Faults, Slow
    from cdc_lab.emulator.lambda_.handlers import import_handler
    from cdc_lab.emulator.refusals import Refusal
    from cdc_lab.testing.drawing import Schedule
    from cdc_lab.testing.events import event_image, get_records_record, stream_event, stream_record
    from cdc_lab.testing.handlers import given_up, run_handler
    from cdc_lab.testing.rehearsal import rehearse
    from cdc_lab.testing.schedules import under_faults
    from cdc_lab.testing.timelines import timeline

__all__ = [
    "Faults",
    "Refusal",
    "Schedule",
    "Slow",
    "event_image",
    "get_records_record",
    "given_up",
    "import_handler",
    "rehearse",
    "run_handler",
    "stream_event",
    "stream_record",
    "timeline",
    "under_faults",
]

pytest_plugins = ("cdc_lab.testing.plugin",)

# Imported on first use: pytest loads the plugin in every run, also in one without a lab.
_WHERE = {
    "Faults": "cdc_lab.emulator.faults",
    "Refusal": "cdc_lab.emulator.refusals",
    "Schedule": "cdc_lab.testing.drawing",
    "Slow": "cdc_lab.emulator.faults",
    "event_image": "cdc_lab.testing.events",
    "get_records_record": "cdc_lab.testing.events",
    "given_up": "cdc_lab.testing.handlers",
    "import_handler": "cdc_lab.emulator.lambda_.handlers",
    "rehearse": "cdc_lab.testing.rehearsal",
    "run_handler": "cdc_lab.testing.handlers",
    "stream_event": "cdc_lab.testing.events",
    "stream_record": "cdc_lab.testing.events",
    "timeline": "cdc_lab.testing.timelines",
    "under_faults": "cdc_lab.testing.schedules",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'cdc_lab.testing' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
