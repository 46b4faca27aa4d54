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

:func:`under_faults` runs it undisturbed, then under forty schedules: batches that come twice, lost
acknowledgements, throttles; a crash after each period of the handler's work, which loses what its
environment remembers; at each place in your code that makes calls, one that fails before or after its
effect, or takes too long; other shards, lanes, environments and batches, where the test names none; splits,
and mixtures of these. It reports the shortest schedule that fails, and ``@under_faults(only=Schedule(...))``
to repeat it alone. To choose the faults yourself, take the fixtures::

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

A test that fails shows what went wrong on purpose in words, how to repeat it, what was delivered, the
handler's own traceback with your paths and lines, and its last log lines; ``--cdc-lab-report=FILE`` writes
the same as JSON. Equal seeds and faults repeat a run exactly; a session of pytest-xdist has one seed, too.
A run lets a day of lab time pass where something fails for good, as on AWS (C20). Where one invocation is
enough, :func:`stream_event` and :func:`stream_record` make the event without a lab.

A test that would pass and say nothing fails: faults that no run was given, a crash, refusal or slow call that
was named and never struck, and a test under faults that delivered nothing to a handler.

``caplog`` and ``capsys`` see what handlers log and print. ``breakpoint()`` stops inside a handler, ``--pdb``
where it raised; with ``--trace``, or an editor's debugger, breakpoints in handlers stop (``b shop.py:12``,
then ``c``). As long as a debugger is there, nothing ends the handler. Otherwise a handler that uses more
processor time than ``watchdog_seconds`` (10, of ``create_function`` and ``run_handler``) without a sleep or
a call is ended, as is one that waits for four times as long outside lab time.

A crash or a timeout loses the memory of the handler's environment: its module is imported anew; of a handler
that is given as a function, what it keeps in globals, closures and defaults is made anew. What stands in
classes and in other modules of yours is put back to what it was at the function's creation, as soon as no
other invocation is at work, and once more at the end of the test. What the test's own code reads, such as a
list in which a stand-in notes what it was asked, or ``Partner.asked``, stays. Not lost, because the lab
cannot know it: what code finds by a text (``getattr(module, name)``), what a module that is first imported
in an invocation remembers, objects of installed packages (a ``cachetools`` cache, a ``requests.Session``),
and, of a handler that is given as a function, what an installed decorator keeps. Powertools' caches are
emptied.

Over DynamoDB Local, ``@under_faults(backend="endpoint", endpoint_url="http://127.0.0.1:8000")``, the tables
that a test creates are deleted at the end of each try. A ``Lab`` that you open yourself leaves them there.

freezegun beside Powertools: ``freeze_time`` looks into every module that is loaded, and Powertools' lazy
ones then import packages while time stands still. Write ``freeze_time(...,
ignore=["aws_lambda_powertools"])``; or leave freezegun out: ``Lab(start=...)`` and ``lab.clock`` hold the
time of handlers.
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
