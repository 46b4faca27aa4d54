"""The pytest plugin as a project uses it that knows nothing of the course."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
import textwrap
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas  # noqa: F401 - pytester forgets what is imported inside it, and numpy cannot be imported twice
import pytest

import cdc_lab.testing.events
from cdc_lab import Lab, LabError
from cdc_lab.testing import (
    Faults,
    get_records_record,
    import_handler,
    run_handler,
    stream_event,
    stream_record,
    timeline,
    under_faults,
)
from cdc_lab.testing.drawing import Seen, Step, schedules
from cdc_lab.testing.schedules import prepare

pytest_plugins = ["pytester"]

CONFTEST = 'pytest_plugins = ["cdc_lab.testing"]'
# Its client is made when the module is imported, as in most deployed handlers.
SHOP = """
import boto3

dynamodb = boto3.client("dynamodb")
totals = "totals"

def handler(event, context):
    for record in event["Records"]:
        once = {"TableName": totals, "Item": {"id": {"S": record["eventID"]}},
                "ConditionExpression": "attribute_not_exists(id)"}
        add = {"TableName": totals, "Key": {"id": {"S": "all"}}, "UpdateExpression": "ADD n :one",
               "ExpressionAttributeValues": {":one": {"N": "1"}}}
        ACTIONS
"""
NAIVE = SHOP.replace("ACTIONS", "dynamodb.update_item(**add)")
RIGHT = SHOP.replace(
    "ACTIONS",
    """try:
            dynamodb.transact_write_items(TransactItems=[{"Put": once}, {"Update": add}])
        except dynamodb.exceptions.TransactionCanceledException as error:
            if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
                raise""",
)
# The example of the package's own docstring, word for word.
TEN_LINES = textwrap.dedent((cdc_lab.testing.__doc__ or "").split("::\n")[1].split("\n:func:")[0])


@pytest.fixture
def project(project: pytest.Pytester) -> pytest.Pytester:
    """A scratch project with the plugin in its conftest."""
    project.makeconftest(CONFTEST)
    return project


def test_ten_lines_find_the_handler_that_counts_twice(project: pytest.Pytester) -> None:
    # GIVEN a handler that adds without looking
    printing = NAIVE.replace("(event, context):", '(event, context):\n    print("a batch of the shop\'s")')
    project.makepyfile(shop=printing, test_shop=TEN_LINES)
    # WHEN it is tested under faults
    result = project.runpytest_inprocess("--cdc-lab-seed=7")
    # THEN it fails, and the shortest schedule is shown with what it delivered: one batch came twice
    result.assert_outcomes(failed=1)
    printed = [line for line in result.stdout.lines if line == "a batch of the shop's"]
    assert len(printed) == 5  # of the last try alone
    result.stdout.fnmatch_lines(
        [
            "E*assert Decimal('25') == 20",
            "E*It holds undisturbed, and fails under",
            "E*Schedule(Faults(seed=7, duplicates=0.*))",
            "E*in Lab(seed=7): nothing of that can be left out.*",
            "E*Lambda delivered a successful batch once more",
            "E*@under_faults(only=Schedule(Faults(seed=7, duplicates=0.*)), seed=7)",
            "E*attempt 1  order_id=o* (5 records)  success",
            "E*attempt 2  order_id=o* (5 records)  success",
        ]
    )


def test_ten_lines_pass_the_handler_that_counts_once(project: pytest.Pytester) -> None:
    fewer = TEN_LINES.replace("under_faults()", "under_faults(tries=12)")
    project.makepyfile(shop=RIGHT, test_shop=fewer)
    project.runpytest_inprocess().assert_outcomes(passed=1)


def test_faults_of_ones_own_choice_are_shown_in_the_form_that_repeats_them(project: pytest.Pytester) -> None:
    # GIVEN a test that takes the fixtures, and a handler that adds without looking
    own = TEN_LINES.replace("@under_faults()\n", "").replace("faults=faults", "faults=faults(crash_after=2)")
    project.makepyfile(shop=NAIVE, test_shop=own)
    # WHEN it fails: THEN the report says how to repeat it, and what was delivered
    result = project.runpytest_inprocess("--cdc-lab-seed=7")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*cdc-lab: repeat with*",
            "Lab(seed=7)",
            "Faults(seed=7, crash_after=2)",
            "*cdc-lab: what was delivered*",
            "+0.000 s  shard 1  batch 1 attempt 1  order_id=o0 ... order_id=o4 (5 records)  error: *killed",
        ]
    )


def test_a_crash_is_found_at_the_call_that_it_follows(project: pytest.Pytester) -> None:
    # GIVEN a handler that loses an order when it dies, or a call fails, between its two calls
    lossy = SHOP.replace(
        "ACTIONS",
        """try:
            dynamodb.put_item(**once)
        except dynamodb.exceptions.ConditionalCheckFailedException:
            continue
        dynamodb.update_item(**add)""",
    )
    project.makepyfile(
        shop=lossy, test_shop=TEN_LINES.replace("range(20)", "range(4)").replace("20\n", "4\n")
    )
    # WHEN it is tested under faults: THEN what struck between them is named, with its line in the handler
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*assert Decimal('3') == 4", "E*step* of the run, shop.py:* in handler)"])
    # AND that schedule can be run alone
    shown = [line[1:].strip() for line in result.stdout.lines if line.startswith("E  ")]
    [recipe] = [line for line in shown if line.startswith("@under_faults(only=")]
    alone = TEN_LINES.replace("range(20)", "range(4)").replace("20\n", "4\n")
    alone = alone.replace("@under_faults()", recipe).replace(
        "import run_handler", "import Faults, Refusal, Schedule, Slow, run_handler"
    )
    project.makepyfile(test_shop=alone)
    again = project.runpytest_inprocess()
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["E*assert Decimal('3') == 4"])


def test_under_faults_gives_other_fixtures_too_and_says_what_it_misses(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_it="""
        import pytest
        from cdc_lab.testing import run_handler, under_faults

        @pytest.mark.parametrize("size", [1, 2])
        @under_faults(tries=2, seed=5)
        def test_fixtures(lab, size, faults, tmp_path, request):
            assert (lab.seed, faults.seed, tmp_path.exists(), request.node.name) == (
                5, 5, True, f"test_fixtures[{size}]")
            orders = lab.create_table("orders", "order_id")
            run_handler(lab, lambda event, context: None, orders, [{"order_id": "a"}], faults=faults)

        @under_faults(tries=2)
        def test_forgotten(lab, faults):
            orders = lab.create_table("orders", "order_id")
            run_handler(lab, lambda event, context: None, orders, [{"order_id": "a"}])

        @under_faults(tries=2)
        def test_never_right(lab, faults):
            orders = lab.create_table("orders", "order_id")
            def handler(event, context): raise ValueError("no")
            run_handler(lab, handler, orders, [{"order_id": "a"}], faults=faults)
            assert lab.trace.failures.empty
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["E*the test passed without its faults: hand them on*"])
    result.stdout.fnmatch_lines(
        [
            "E*This fails without any fault.",
            "E*+0.000 s*attempt 1  order_id=a  error: ValueError: no",
            "E*and 14?? times more, the last at",
            "E*given up: ExpiredAtSource  (1 record)",
        ]
    )


def test_a_test_that_takes_no_faults_is_refused() -> None:
    with pytest.raises(LabError, match="test_it takes no faults: under_faults gives both"):

        @under_faults()
        def test_it(lab: Any) -> None:
            pass


def test_the_schedules_are_the_seeds_and_as_many_as_asked_for() -> None:
    for steps, invocations, tries in ((0, 0, 5), (3, 2, 40), (500, 80, 40), (500, 80, 1)):
        calls = [Step(n, "dynamodb", "PutItem", "r", ()) for n in range(1, steps + 1)]
        seen = Seen(calls, invocations, {("dynamodb", "PutItem"): 4}, frozenset({"shards", "BatchSize"}))
        made = list(schedules(7, seen, tries))
        assert len(made) == tries
        assert made == list(schedules(7, seen, tries))
        crashes = [one.faults.crash_after for one in made if isinstance(one.faults.crash_after, int)]
        assert set(crashes) <= set(range(1, steps + 1))
        assert steps != 3 or set(crashes) == {1, 2, 3}
        # what the test has set is not varied
        assert {name for one in made for name in one.mapping} <= {"BatchSize"}
        assert not any(one.cold_starts for one in made)
    assert crashes == []  # one try does not reach them


def test_the_modules_of_a_handlers_package_are_imported_anew(project: pytest.Pytester) -> None:
    # GIVEN a package whose client is made in one module and used in another, and two tests of it
    source = project.mkpydir("store")
    (source / "db.py").write_text("import boto3\nclient = boto3.client('dynamodb')")
    (source / "orders.py").write_text(
        "from store.db import client\ndef handler(event, context): return client.list_tables()"
    )
    project.makepyfile(
        """
        import pytest
        from cdc_lab.testing import run_handler

        @pytest.mark.parametrize("n", [1, 2])
        def test_it(lab, n):
            orders = lab.create_table("orders", "order_id")
            trace = run_handler(lab, "store.orders.handler", orders, [{"order_id": "a"}])
            assert list(trace.invocations["outcome"]) == ["success"]
        """
    )
    # THEN neither meets the client of the other's lab
    project.runpytest_inprocess().assert_outcomes(passed=2)


def test_a_long_story_is_cut() -> None:
    with Lab() as lab:
        orders = lab.create_table("orders", "order_id")
        placed = [{"order_id": f"o{n}"} for n in range(30)]
        assert timeline(lab.trace) == "nothing was delivered"
        trace = run_handler(lab, lambda event, context: None, orders, placed, BatchSize=1)
    lines = timeline(trace, most=3).splitlines()
    assert len(lines) == 4
    assert lines[0] == "+0.000 s  shard 1  batch 1 attempt 1  order_id=o0  success"
    assert lines[-1] == "... and 27 more lines: lab.trace.invocations"


def test_events_and_handlers_need_no_pytest() -> None:
    # GIVEN a project of unittest's
    code = (
        "import sys; sys.modules['pytest'] = None\n"
        "from cdc_lab.testing import stream_event, run_handler, import_handler\n"
        "assert stream_event({'id': 'a'})['Records']"
    )
    # THEN it can use both
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_seed_comes_from_the_marker_then_the_option_then_0(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        def test_plain(lab, faults):
            print(f"plain: {lab.seed} {faults().seed}")

        @pytest.mark.cdc_lab(seed=3, shards=2)
        def test_marked(lab, faults):
            assert (lab.seed, faults().seed, faults(seed=9).seed) == (3, 3, 9)
            assert len(lab.shards(lab.create_table("orders", "order_id"))) == 2
        """
    )
    for options, seed in (([], 0), (["--cdc-lab-seed=5"], 5)):
        result = project.runpytest_inprocess("--strict-markers", "-s", *options)
        result.assert_outcomes(passed=2)
        result.stdout.fnmatch_lines([f"*plain: {seed} {seed}*"])
        # AND the first lines name one that was asked for; to others the plugin says nothing
        said = [line for line in result.stdout.lines if line.startswith("cdc-lab: seed")]
        assert said == ([f"cdc-lab: seed {seed} (repeat with --cdc-lab-seed={seed})"] if options else [])


def test_a_random_seed_is_shown_in_the_form_that_repeats_it(project: pytest.Pytester) -> None:
    # GIVEN a test that fails, run with a seed of nobody's choice
    project.makepyfile("def test_it(lab): assert lab.seed < 0")
    first = project.runpytest_inprocess("--cdc-lab-seed=random")
    shown = next(line for line in first.stdout.lines if line.startswith("cdc-lab: seed "))
    # WHEN the option that it names is used
    option = shown.rsplit("with ", 1)[1].rstrip(")")
    again = project.runpytest_inprocess(option)
    # THEN the same lab fails again
    [lab] = [line for line in first.stdout.lines if line.startswith("Lab(")]
    again.stdout.fnmatch_lines([lab])


def test_a_seed_that_is_no_number_is_refused(project: pytest.Pytester) -> None:
    project.makepyfile("def test_it(lab): pass")
    result = project.runpytest_inprocess("--cdc-lab-seed=seven")
    result.stderr.fnmatch_lines(["*--cdc-lab-seed=seven: give a number, or 'random'*"])


def test_what_the_lab_cannot_follow_is_listed_although_the_test_passes(project: pytest.Pytester) -> None:
    # GIVEN a handler that starts a process for each batch
    project.makepyfile(
        """
        import subprocess, sys
        from cdc_lab.testing import run_handler

        def handler(event, context):
            subprocess.run([sys.executable, "-c", ""])

        def test_it(lab):
            things = lab.create_table("things", "id")
            run_handler(lab, handler, things, [{"id": "1"}, {"id": "2"}], BatchSize=1)

        def test_none(lab):
            pass
        """
    )
    # WHEN its test is run
    result = project.runpytest_inprocess()
    # THEN the summary says so
    result.assert_outcomes(passed=2)
    program = Path(sys.executable).name
    result.stdout.fnmatch_lines(
        [
            "*cdc-lab: in real time, not in lab time*",
            f"*::test_it: not followed: handler started the process {program} (2 times)",
        ]
    )
    result.stdout.no_fnmatch_line("*test_none*")


def test_the_lab_is_closed_at_the_end_even_of_a_test_that_fails(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        held = []

        def test_one(lab):
            held.append(lab)
            raise ValueError

        def test_two():
            assert "closed" in repr(held[0])
        """
    )
    project.runpytest_inprocess().assert_outcomes(passed=1, failed=1)


def test_without_the_plugin_nothing_of_it_is_there(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(lab): pass")
    pytester.runpytest_inprocess("-p", "no:cdc_lab.testing.plugin").assert_outcomes(errors=1)


# ---- events


ITEM: dict[str, Any] = {
    "flight_id": "UA1545",
    "delay": Decimal("-2.50"),
    "tail": b"foobar",
    "codes": {"WX", "TS"},
    "legs": [{"gate": None, "full": True, "crew": {2, 10}}],
}


@pytest.mark.parametrize("view_type", ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"])
def test_a_record_is_what_the_lab_delivers_for_the_same_change(view_type: str) -> None:  # A2, A3, A17, A19
    # GIVEN an item that is inserted, changed and removed behind a handler that keeps its events
    kept: list[dict[str, Any]] = []
    changed = {**ITEM, "delay": 84}
    with Lab() as lab:
        flights = lab.create_table("flights", "flight_id", stream_view_type=view_type)
        delete = lambda table: table.delete_item(Key={"flight_id": "UA1545"})  # noqa: E731
        run_handler(
            lab, lambda event, context: kept.extend(event["Records"]), flights, [ITEM, changed, delete]
        )
        arn = lab.stream_arn(flights)
        written = lab.clock.now() - timedelta(days=1)
        from_stream = lab.client("dynamodbstreams")
        iterator = from_stream.get_shard_iterator(
            StreamArn=arn, ShardId=lab.shards(arn)[0]["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        got = from_stream.get_records(ShardIterator=iterator)["Records"]
    assert len(kept) == len(got) == 3
    # WHEN the factories make the same three changes
    changes: list[dict[str, Any]] = [{"new": ITEM}, {"new": changed, "old": ITEM}, {"old": changed}]
    options = {"view_type": view_type, "created": written}
    events = [stream_record(**change, stream_arn=arn, **options) for change in changes]
    reads = [get_records_record(**change, **options) for change in changes]
    # THEN they differ in nothing but identity and time
    assert [_anonymous(record) for record in events] == [_anonymous(record) for record in kept]
    assert [_anonymous(record) for record in reads] == [_anonymous(record) for record in got]


def _anonymous(record: dict[str, Any]) -> dict[str, Any]:
    body = {**record["dynamodb"]}
    number, created = body.pop("SequenceNumber"), body.pop("ApproximateCreationDateTime")
    assert number.isdigit()
    assert 21 <= len(number) <= 40  # A8
    return {**record, "eventID": len(record["eventID"]), "dynamodb": body, "created": type(created)}


def test_values_are_spelt_as_in_lambdas_json() -> None:  # A9 to A12
    record = stream_record(ITEM, created=datetime(2013, 3, 8, 12, 30, 1, 999_999, tzinfo=UTC))
    image = record["dynamodb"]["NewImage"]
    assert image["delay"] == {"N": "-2.5"}
    assert b64decode(image["tail"]["B"]) == b"foobar"
    assert record["dynamodb"]["ApproximateCreationDateTime"] == 1362745801.0


def test_sequence_numbers_grow_as_integers_and_not_as_strings() -> None:  # A8
    event = stream_event({"id": "a"}, {"id": "b"}, {"id": "c"})
    numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
    assert sorted(numbers, key=int) == numbers
    assert sorted(numbers) != numbers
    assert len({record["eventID"] for record in event["Records"]}) == 3


def test_a_ttl_delete_names_the_service() -> None:  # A14
    removed = {"old": {"id": "a"}, "ttl_delete": True}
    assert stream_record(**removed)["userIdentity"] == {
        "type": "Service",
        "principalId": "dynamodb.amazonaws.com",
    }
    assert get_records_record(**removed)["userIdentity"]["PrincipalId"] == "dynamodb.amazonaws.com"


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: stream_record(), "a record of no item"),
        (lambda: stream_record({"id": "a", "n": 1}, {"id": "a", "n": Decimal("1.0")}), "equal item"),
        (lambda: stream_record({"id": "a"}, {"id": "b"}), "is not the same"),
        (lambda: stream_record({"id": "a"}, keys="key"), "is not the same"),
        (lambda: stream_event(stream_record({"id": "a"}), {"id": "b"}, {"id": "c"}), None),
        (lambda: stream_event({"id": "b"}, stream_record({"id": "a"})), "two records have SequenceNumber"),
        (lambda: import_handler("handler"), "names no module"),
        (lambda: import_handler("json.handler"), "no function 'handler'"),
    ],
)
def test_what_cannot_be_is_refused(make: Any, text: str | None) -> None:
    if text is None:
        assert make()
        return
    with pytest.raises(LabError, match=text):
        make()


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(cdc_lab.testing.events).failed == 0


def test_importing_a_handler_leaves_other_importers_their_module(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a module that was imported before
    project.makepyfile(
        shop_state="import os\nseen = os.environ.get('WHO')\ndef handler(event, context): return seen"
    )
    import shop_state

    # WHEN it is imported as by a cold start
    handler = import_handler("shop_state.handler", environment={"WHO": "cold start"})
    # THEN its top level ran anew, and whoever has the old one keeps it
    assert handler(None, None) == "cold start"
    assert __import__("shop_state") is shop_state
    assert shop_state.seen is None


# ---- no silent green, and failures that show themselves


def test_what_would_pass_and_say_nothing_is_an_error_of_one_line(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        from cdc_lab.testing import run_handler, under_faults

        def handler(event, context):
            pass

        def things(lab):
            return lab.create_table("things", "id")

        def test_a_crash_that_never_strikes(lab, faults):
            never = faults(crash_after="dynamodb.PutItm")
            run_handler(lab, handler, things(lab), [{"id": "1"}], faults=never)

        def test_faults_for_nobody(lab, faults):
            faults(crash_after=1)
            run_handler(lab, handler, things(lab), [{"id": "1"}])

        @under_faults(tries=1)
        def test_nothing_passes_the_filter(lab, faults):
            dropped = {"Filters": [{"Pattern": '{"eventName": ["REMOVE"]}'}]}
            run_handler(lab, handler, things(lab), [{"id": "1"}], faults=faults, FilterCriteria=dropped)

        @under_faults(tries=1)
        async def test_async(lab, faults):
            run_handler(lab, handler, things(lab), [{"id": "1"}], faults=faults)
            assert lab is None
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        [
            "E*LabError: crash_after='dynamodb.PutItm' never struck: the handlers made 0 steps*",
            "E*LabError: Faults(seed=0, crash_after=1) was made and handed to no run*",
            "E*LabError: nothing was delivered to a handler*: the filters dropped all 1 records",
            "*assert lab is None*",
        ]
    )


def test_a_crash_loses_what_the_handler_remembers_and_not_what_the_test_looks_at() -> None:
    # GIVEN a handler with a memory, and a list in which the test sees what it did
    seen: set[str] = set()
    done: list[str] = []
    with Lab() as lab:
        prepare(lab)
        totals = lab.create_table("totals", "id", stream_view_type=None)

        def handler(event: Any, context: Any) -> None:
            for record in event["Records"]:
                if record["eventID"] not in seen:
                    seen.add(record["eventID"])
                    totals.put_item(Item={"id": record["eventID"]})
                    done.append(record["eventID"])

        orders = lab.create_table("orders", "order_id")
        placed = [{"order_id": "a"}, {"order_id": "b"}]
        # WHEN it dies in its first record
        run_handler(lab, handler, orders, placed, faults=Faults(crash_after=1))
    # THEN its memory is gone: both records were new to the next environment; the test's list is there
    assert len(done) == 2


def test_the_report_has_the_handlers_traceback_its_log_and_json(project: pytest.Pytester) -> None:
    # GIVEN a handler in a package that raises, and logs
    source = project.mkpydir("deep")
    (source / "orders.py").write_text(
        "import logging\n\ndef handler(event, context):\n    logging.warning('looking')\n"
        "    print('printed')\n    return work(event)\n\ndef work(event):\n    return event['nothing']\n"
    )
    project.makepyfile(
        """
        from cdc_lab.testing import run_handler

        def test_it(lab, caplog, capsys):
            orders = lab.create_table("orders", "order_id")
            run_handler(lab, "deep.orders.handler", orders, [{"order_id": "a"}], MaximumRetryAttempts=0)
            assert "looking" in caplog.text
            assert "printed" in capsys.readouterr().out
            assert len(lab.trace.rows.failures) == 0
        """
    )
    # WHEN its test fails
    result = project.runpytest_inprocess("--cdc-lab-report=report.json")
    # THEN the report has the real paths and lines, and the file has the same
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*cdc-lab: the handler*",
            "*deep/orders.py:6 in handler",
            "*return work(event)",
            "*deep/orders.py:9 in work",
            "KeyError: 'nothing'",
            "*cdc-lab: its last log lines*",
            "*looking",
        ]
    )
    written = json.loads((project.path / "report.json").read_text())
    [failure] = written["failures"]
    assert failure["handler"][-1] == "KeyError: 'nothing'"
    assert failure["recipe"] == ["Lab(seed=0)"]


def test_a_crash_is_shown_where_the_users_code_was_and_nothing_of_the_labs(project: pytest.Pytester) -> None:
    # GIVEN a handler that dies after its first call, and an order that is not counted then
    lossy = SHOP.replace(
        "ACTIONS",
        """try:
            dynamodb.put_item(**once)
        except dynamodb.exceptions.ConditionalCheckFailedException:
            continue
        dynamodb.update_item(**add)""",
    )
    alone = TEN_LINES.replace("()\n", "(only=Faults(crash_after=1))\n", 1)
    alone = alone.replace("import run_handler", "import Faults, run_handler")
    project.makepyfile(shop=lossy, test_shop=alone)
    # WHEN its test fails
    project.runpytest_inprocess("--cdc-lab-report=report.json").assert_outcomes(failed=1)
    # THEN the report says where the handler was, and shows no exception that the handler never saw
    [failure] = json.loads((project.path / "report.json").read_text())["failures"]
    assert failure["handler"] == [
        "where it was when its environment ended:",
        "  shop.py:13 in handler",
        "    dynamodb.put_item(**once)",
    ]
    # AND the debugger opens on that line of the user's, not in a library
    child = project.popen(
        [sys.executable, "-m", "pytest", "-q", "--pdb"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    out, _ = child.communicate(b"p 'order', record['eventName']\nq\n", timeout=300)
    assert b"the handler was here when its environment ended" in out
    assert b"('order', 'INSERT')" in out


def test_workers_share_the_sessions_random_seed(project: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    project.makepyfile("def test_one(lab): assert lab.seed < 0\ndef test_two(lab): assert lab.seed < 0")
    result = project.runpytest("-n", "1", "--cdc-lab-seed=random", "-p", "xdist")
    shown = next(line for line in result.stdout.lines if line.startswith("cdc-lab: seed "))
    seed = shown.split()[2]
    assert [line for line in result.stdout.lines if line.startswith("Lab(")] == [f"Lab(seed={seed})"] * 2


def test_a_prompt_inside_a_handler_may_take_its_time(project: pytest.Pytester) -> None:
    # GIVEN a handler with a breakpoint, and a watchdog that would bite at once
    project.makepyfile(
        """
        from cdc_lab.testing import run_handler

        def handler(event, context):
            answer = 41
            breakpoint()

        def test_it(lab):
            orders = lab.create_table("orders", "order_id")
            run_handler(lab, handler, orders, [{"order_id": "a"}], watchdog_seconds=0.02)
            assert list(lab.trace.rows.invocations["outcome"]) == ["success"]
        """
    )
    # WHEN the reader types there: THEN the prompt knows the handler's names, and nothing ends it
    child = project.popen(
        [sys.executable, "-m", "pytest", "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    out, _ = child.communicate(b"p 'answer', answer + 1\nc\n", timeout=300)
    assert b"('answer', 42)" in out
    assert b"1 passed" in out
