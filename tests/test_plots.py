"""What the figures draw: the artists' data against the frames, never pixels."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer
from matplotlib.text import Text

from cdc_lab import plots
from cdc_lab.plots import Drawn
from cdc_lab.plots.drawn import amount, count, duration
from tests.traces import SHARD, START, given_up, invocation, poison_run, record, trace

HOUR = 3600.0


def shard(
    number: int, hours: float = 0, parent: dict[str, Any] | None = None, closed: bool = False
) -> dict[str, Any]:
    """A shard as DescribeStream lists it, opened so many hours after the lab."""
    span = {"StartingSequenceNumber": "1" * 21} | ({"EndingSequenceNumber": "2" * 21} if closed else {})
    made = {
        "ShardId": f"shardId-{int((START + hours * HOUR) * 1000):020d}-{number:08x}",
        "SequenceNumberRange": span,
    }
    return made | ({"ParentShardId": parent["ShardId"]} if parent else {})


def family() -> list[dict[str, Any]]:
    """Two shards: one is split after two hours, the other rolls over after four."""
    split, rolled = shard(1, closed=True), shard(2, closed=True)
    return [split, rolled, shard(3, 2, split), shard(4, 2, split), shard(5, 4, rolled)]


def drifting() -> pd.DataFrame:
    at = pd.date_range("2013-03-08 10:00", periods=4, freq="1h", tz="UTC")
    return pd.DataFrame(
        {"at": at, "truth": [0, 1, 2, 3], "naive ADD": [0, 1, 3, 5], "transaction": [0, 1, 2, 3]}
    )


def images() -> pd.DataFrame:
    views = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
    held = {
        "INSERT": ["keys", "new", "keys", "new"],
        "MODIFY": ["keys", "new", "old", "new + old"],
        "REMOVE": ["keys", "keys", "old", "old"],
    }
    return pd.DataFrame(held, index=views)


def crashes() -> pd.DataFrame:
    steps = pd.Index([1, 2, 3], name="crash after step")
    return pd.DataFrame([[2, 3, 3], [3, 4, 3], [3, 3, 3]], ["key first", "effect first", "both"], steps)


def orders() -> dict[str, list[tuple[str, object]]]:
    written: list[tuple[str, object]] = [("A1", 10), ("B1", 10), ("A1", 20), ("B1", 20)]
    return {"written": written, "shard after shard": sorted(written, key=lambda record: record[0])}


def filtered() -> tuple[pd.DataFrame, pd.DataFrame]:
    """What two filters let pass of three records, and what was meant."""
    names = ["numeric", "exact"]
    return (
        pd.DataFrame([[False, False, False], [True, False, True]], index=names, columns=[1, 2, 3]),
        pd.DataFrame([[False, True, True], [True, False, False]], index=names, columns=[1, 2, 3]),
    )


def queues() -> pd.DataFrame:
    at = pd.date_range("2013-03-08 10:00", periods=4, freq="1h", tz="UTC")
    return pd.DataFrame({"at": at, "audit": [0, 0, 0, 0], "notifier": [3, 14, 6, 1]})


ALL: dict[str, Callable[[], Drawn]] = {
    "event_flow": lambda: plots.event_flow(poison_run()),
    "iterator_age": lambda: plots.iterator_age(poison_run()),
    "attempts_per_record": lambda: plots.attempts_per_record(poison_run()),
    "day_flow": lambda: plots.day_flow(storm(), tz="America/New_York"),
    "bars_by_group": lambda: plots.bars_by_group({"AA": 3, "UA": 5}, {"AA": 3, "UA": 4}, unit="flights"),
    "drift": lambda: plots.drift(drifting(), unit="flights"),
    "shard_lineage": lambda: plots.shard_lineage(family()),
    "image_matrix": lambda: plots.image_matrix(images()),
    "counted_grid": lambda: plots.counted_grid(crashes(), 3),
    "reading_orders": lambda: plots.reading_orders(orders()),
    "against_limit": lambda: plots.against_limit({1: 1733, 4: 560}, 1000, "writes per second", "rows"),
    "batches": lambda: plots.batches(poison_run()),
    "backlog": lambda: plots.backlog(queues(), unit="messages waiting"),
    "passing": lambda: plots.passing(*filtered()),
    "metric_graph": lambda: plots.metric_graph(
        poison_run().metrics(), {"Errors": ["sum"], "Invocations": ["sum"]}
    ),
}


def storm() -> pd.DataFrame:
    """200 changes over a day, in an order and at times that the seed fixes."""
    seed = 20130308
    print(f"seed {seed}")
    chance = random.Random(seed)
    names = chance.choices(["INSERT", "MODIFY", "REMOVE"], [3, 6, 1], k=200)
    return trace(
        [record(n, chance.uniform(0, 20 * HOUR), event_name=name) for n, name in enumerate(names)]
    ).writes


def bars(drawn: Drawn, label: str) -> BarContainer:
    axes = drawn.figure.axes[0]
    found = [
        c for c in axes.containers if isinstance(c, BarContainer) and str(c.get_label()).startswith(label)
    ]
    assert len(found) == 1, f"one set of bars {label!r} among {[c.get_label() for c in axes.containers]}"
    return found[0]


def heights(drawn: Drawn, label: str) -> list[float]:
    return [bar.get_height() for bar in bars(drawn, label)]


def spans(drawn: Drawn, label: str) -> list[tuple[float, float]]:
    """Left end and width of horizontal bars, to the millisecond."""
    return [(round(bar.get_x(), 3), round(bar.get_width(), 3)) for bar in bars(drawn, label)]


def points(drawn: Drawn, label: str = "", gid: str = "") -> list[tuple[float, float]]:
    found = [
        artist
        for artist in drawn.figure.axes[0].collections
        if isinstance(artist, PathCollection)
        and ((gid and artist.get_gid() == gid) or (label and str(artist.get_label()).startswith(label)))
    ]
    assert len(found) == 1, f"one set of points {label or gid!r}"
    return [(round(float(x), 3), round(float(y), 3)) for x, y in found[0].get_offsets()]


def texts(drawn: Drawn) -> list[str]:
    return [text.get_text() for text in drawn.figure.axes[0].texts]


@pytest.mark.parametrize("name", ALL)
def test_every_figure_is_legible_small_and_says_what_it_shows(name: str) -> None:
    # WHEN it is drawn
    drawn = ALL[name]()
    axes = drawn.figure.axes[0]
    # THEN the title is the finding, the axes are named, the reading is one line
    assert axes.get_title(loc="left") == drawn.title != ""
    assert axes.get_xlabel() != ""
    assert axes.get_ylabel() != "" or axes.get_yticklabels()[0].get_text() == "writes"
    assert drawn.reading.endswith(".")
    assert "\n" not in drawn.reading + drawn.title
    # AND no text is smaller than 9 points, nor the file larger than 60 kB: a lesson has up to four in 400 kB
    assert min(text.get_fontsize() for text in drawn.figure.findobj(Text) if text.get_text()) >= 9
    assert len(drawn.png()) < 60_000


@pytest.mark.parametrize("name", ALL)
def test_a_picture_has_two_pixels_for_each_of_the_page(name: str) -> None:
    # GIVEN a figure
    drawn = ALL[name]()
    # THEN its picture is twice as wide and high as it is shown: sharp on a screen of high density
    header = drawn.png()[16:24]
    assert struct.unpack(">II", header) == tuple(2 * length for length in drawn.size)


@pytest.mark.parametrize("name", ALL)
def test_the_same_numbers_give_the_same_bytes(name: str) -> None:
    assert ALL[name]().png() == ALL[name]().png()


@pytest.mark.parametrize("name", [name for name in ALL if name != "attempts_per_record"])
def test_a_title_may_be_given(name: str) -> None:
    draw = {
        "event_flow": lambda: plots.event_flow(poison_run(), title="Mine"),
        "batches": lambda: plots.batches(poison_run(), title="Mine"),
        "against_limit": lambda: plots.against_limit({1: 2}, 3, "calls", "lanes", title="Mine"),
        "backlog": lambda: plots.backlog(queues(), title="Mine"),
        "passing": lambda: plots.passing(*filtered(), title="Mine"),
        "iterator_age": lambda: plots.iterator_age(poison_run(), title="Mine"),
        "metric_graph": lambda: plots.metric_graph(poison_run().metrics(), {"Duration": ["maximum"]}, "Mine"),
        "day_flow": lambda: plots.day_flow(storm(), title="Mine"),
        "bars_by_group": lambda: plots.bars_by_group({"a": 1}, title="Mine"),
        "drift": lambda: plots.drift(drifting(), title="Mine"),
        "shard_lineage": lambda: plots.shard_lineage(family(), title="Mine"),
        "image_matrix": lambda: plots.image_matrix(images(), title="Mine"),
        "counted_grid": lambda: plots.counted_grid(crashes(), 3, title="Mine"),
        "reading_orders": lambda: plots.reading_orders(orders(), title="Mine"),
    }[name]()
    assert draw.title == "Mine" == draw.figure.axes[0].get_title(loc="left")


def test_a_figure_shows_itself_once_and_its_reading_below(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a notebook's display
    import IPython.display

    shown: list[tuple[dict[str, Any], dict[str, Any]]] = []
    monkeypatch.setattr(IPython.display, "display", lambda data, **rest: shown.append((data, rest)))
    # WHEN a figure is a cell's last expression
    drawn = ALL["drift"]()
    drawn._ipython_display_()
    # THEN there is one picture, told in words for those who cannot see it, and then the reading
    (picture, about), (reading, _) = shown
    assert picture["image/png"].startswith(b"\x89PNG")
    assert picture["text/plain"] == f"Figure: {drawn.title}"
    width, height = drawn.size
    assert about["metadata"]["image/png"] == {"alt": drawn.alt, "width": width, "height": height}
    assert drawn.alt == f"{drawn.title}. {drawn.reading}"
    assert reading["text/plain"] == drawn.reading
    # AND pyplot, which would show it again, does not know of it
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_importing_the_plots_loads_neither_matplotlib_nor_pandas() -> None:
    code = "import sys, cdc_lab.plots; print(sorted({'matplotlib', 'pandas', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_drawing_leaves_the_users_settings_alone() -> None:
    import matplotlib

    with matplotlib.rc_context({"font.size": 33.0, "axes.spines.top": True}):
        drawn = ALL["drift"]()
        assert matplotlib.rcParams["font.size"] == 33.0
    assert not drawn.figure.axes[0].spines["top"].get_visible()


def test_the_event_flow_draws_each_write_and_each_invocation_where_it_was() -> None:
    # GIVEN 12 writes on two shards; a batch of three fails twice and is given up
    drawn = plots.event_flow(poison_run())
    # THEN writes are drawn by shard, at their times
    assert [x for x, _ in points(drawn, gid=f"writes {SHARD.format(0)}")] == [0.0, 0.8, 1.6, 2.4, 3.2, 4.0]
    assert [x for x, _ in points(drawn, gid=f"writes {SHARD.format(1)}")] == [0.4, 1.2, 2.0, 2.8, 3.6, 4.4]
    # AND invocations as bars from start to end, by outcome
    assert spans(drawn, "success (3)") == [(2.0, 0.4), (4.6, 0.4), (5.6, 0.4)]
    assert spans(drawn, "error (2)") == [(2.0, 0.2), (3.2, 0.2)]
    # AND the batches' sizes, the retry and the records given up
    assert texts(drawn) == ["3", "3", "3, try 2", "3", "3"]
    assert [x for x, _ in points(drawn, label="given up (3 records)")] == [3.4]
    assert drawn.title == "12 writes, 5 invocations: 3 records given up after 1 retry"
    assert drawn.reading == (
        "12 records on 2 shards; batches of 3; 3 repeated deliveries; "
        "longest way from write to handler 2.8 s; 3 records given up, 3 of them reported to a destination."
    )


def test_the_event_flow_links_each_record_to_its_first_delivery() -> None:
    drawn = plots.event_flow(poison_run())
    links = [
        line for line in drawn.figure.axes[0].lines if len(line.get_xdata()) == 2 and line.get_alpha() == 0.7
    ]
    ends = [tuple(round(float(x), 3) for x in line.get_xdata()) for line in links]
    assert (0.4, 2.0) in ends
    assert (0.4, 3.2) not in ends  # the retry
    assert len(ends) == 12


def test_the_event_flow_draws_what_was_written_before_the_run() -> None:
    # GIVEN a trace of a run alone: its records were written by an earlier cell
    batch = [record(n, n) for n in range(3)]
    drawn = plots.event_flow(trace([], [invocation(batch, 5, 6)]))
    # THEN they are there
    assert [x for x, _ in points(drawn, gid=f"writes {SHARD.format(0)}")] == [0.0, 1.0, 2.0]
    assert drawn.title == "3 writes, 1 invocation, all successful"


def test_the_event_flow_of_writes_alone_says_that_nothing_read_them() -> None:
    drawn = plots.event_flow(trace([record(0, 0), record(1, 1)]))
    assert drawn.title == "2 writes, 0 invocations"
    assert drawn.reading == "2 records on 1 shard; nothing has read them."
    assert plots.event_flow(trace([])).title == "0 writes, 0 invocations"


def test_the_event_flow_of_a_busy_day_marks_what_did_not_succeed() -> None:
    # GIVEN more invocations than can be numbered, of every outcome
    outcomes = ["success"] * 60 + ["error", "timeout", "partial", "throttled"]
    records = [record(n, n * 900.0) for n in range(64)]
    calls = [
        invocation([records[n]], n * 900.0 + 60, n * 900.0 + 61, number=n, outcome=outcome)
        for n, outcome in enumerate(outcomes)
    ]
    drawn = plots.event_flow(trace(records, calls))
    # THEN each other outcome has its mark, and there are no numbers
    for outcome in outcomes[60:]:
        assert len(points(drawn, label=f"{outcome} (1)")) == 1
    assert len(bars(drawn, "success (60)")) == 60
    assert texts(drawn) == []
    assert drawn.title == "64 writes, 64 invocations: 4 did not succeed, nothing was given up"


def test_the_lanes_of_a_shard_have_a_row_each_until_there_are_too_many() -> None:
    few = [invocation([record(n, 0)], n, n + 1, number=n, lane=n) for n in range(3)]
    many = [invocation([record(n, 0)], n, n + 1, number=n, lane=n) for n in range(20)]
    rows = [label.get_text() for label in plots.event_flow(trace([], few)).figure.axes[0].get_yticklabels()]
    assert rows == ["writes", *(f"shard …00000000 lane {lane}" for lane in range(3))]
    rows = [label.get_text() for label in plots.event_flow(trace([], many)).figure.axes[0].get_yticklabels()]
    assert rows == ["writes", "shard …00000000"]


def test_shards_that_follow_one_another_share_a_row_when_there_are_too_many() -> None:
    # GIVEN 14 shards of which two live at a time
    calls = [invocation([record(n, 0, shard=n)], n // 2 * 10, n // 2 * 10 + 5, number=n) for n in range(14)]
    labels = plots.event_flow(trace([], calls)).figure.axes[0].get_yticklabels()
    assert [label.get_text() for label in labels] == ["writes", "7 shards in turn", "7 shards in turn"]


def test_the_label_of_a_batch_gives_way_to_the_one_before() -> None:
    # GIVEN two batches right after one another in a run of 20 s, and a retry right after
    first, second, last = [record(0, 0)], [record(1, 0)], [record(2, 0)]
    calls = [
        invocation(first, 1.0, 1.1, number=1),
        invocation(second, 1.1, 1.2, number=2, outcome="error"),
        invocation(second, 5.0, 5.1, number=2, attempt=2),
        invocation(last, 20.0, 20.1, number=3),
    ]
    # THEN the second gives way, and the writes of one moment show how many they are
    assert texts(plots.event_flow(trace([], calls))) == ["x 3", "1", "1, try 2", "1"]


def test_two_writes_at_one_moment_do_not_look_like_one() -> None:
    # GIVEN the first two writes of a reader's first lab: an item, and at once its change
    pair = [record(0, 0), record(1, 0)]
    # WHEN they are drawn THEN a number beside their marker says that there are two
    assert texts(plots.event_flow(trace([], [invocation(pair, 1.0, 1.1)]))) == ["x 2", "2"]


@pytest.mark.parametrize(("second", "side"), [(0.0, "left"), (9.0, "right")])
def test_the_count_of_writes_at_one_moment_keeps_clear_of_the_rows_name(second: float, side: str) -> None:
    # GIVEN six writes at one moment, at the start of ten seconds or late in them
    together = [record(n, second) for n in range(6)]
    drawn = plots.event_flow(
        trace([], [invocation([record(8, 0.0), *together, record(7, 10.0)], 10.0, 10.1)])
    )
    # THEN their count is on the side where it covers nothing
    (count,) = [text for text in drawn.figure.axes[0].texts if text.get_text().startswith("x ")]
    assert count.get_horizontalalignment() == side


@pytest.mark.parametrize(("before", "counts"), [(1.0, ["x 6"]), (8.9, [])])
def test_the_count_of_writes_at_one_moment_gives_way_to_writes_beside_it(
    before: float, counts: list[str]
) -> None:
    # GIVEN six writes at one moment, and in these ten seconds one long or shortly before them
    others = [record(6, 0.0), record(7, before), record(8, 10.0)]
    together = [record(n, 9.0) for n in range(6)]
    drawn = plots.event_flow(trace([], [invocation([*others, *together], 10.0, 10.1)]))
    # THEN their count is there if it covers nothing
    found = [text.get_text() for text in drawn.figure.axes[0].texts]
    assert [text for text in found if text.startswith("x ")] == counts


def test_iterator_age_is_drawn_by_shard_in_a_unit_that_suits_it() -> None:
    drawn = plots.iterator_age(poison_run())
    axes = drawn.figure.axes[0]
    calm, stormy = axes.lines
    assert axes.get_ylabel() == "iterator age (s)"
    assert [round(float(y), 3) for y in calm.get_ydata()] == [0.4, 0.6]
    assert [round(float(y), 3) for y in stormy.get_ydata()] == [0.0, 1.2, 1.2]
    assert calm.get_marker() != stormy.get_marker()
    assert calm.get_linestyle() != stormy.get_linestyle()
    assert drawn.title == "Iterator age reaches 1.2 s on shard …00000001"
    assert drawn.reading == (
        "delay-board: 5 invocations, median age 600 ms, highest 1.2 s at 10:00:03, "
        "on its other shards at most 600 ms."
    )


def test_a_marker_at_an_age_of_zero_is_not_halved_by_the_axis() -> None:
    assert plots.iterator_age(poison_run()).figure.axes[0].get_ylim()[0] < 0


def test_the_iterator_age_of_several_functions_is_told_apart_by_function() -> None:
    # GIVEN a backlog that two functions read, one of them slowly
    batch = [record(n, 0) for n in range(2)]
    calls = [
        invocation(batch, 2, 3, number=1, function="batch-50"),
        invocation(batch[:1], 2, 10, number=2, function="batch-1"),
        invocation(batch[1:], 11, 19, number=3, function="batch-1"),
    ]
    drawn = plots.iterator_age(trace([], calls))
    assert [line.get_label() for line in drawn.figure.axes[0].lines] == ["batch-1", "batch-50"]
    assert drawn.title == "Iterator age reaches 11 s in batch-1 and 2 s in batch-50"
    assert drawn.reading == (
        "batch-1: 2 invocations, median age 6.5 s, highest 11 s at 10:00:11; "
        "batch-50: 1 invocation, median age 2 s, highest 2 s at 10:00:02."
    )


@pytest.mark.parametrize(
    ("wait", "unit", "top"), [(0.5, "ms", 500), (60, "s", 60), (600, "min", 10), (7200, "h", 2)]
)
def test_the_unit_of_the_iterator_age(wait: float, unit: str, top: float) -> None:
    drawn = plots.iterator_age(trace([], [invocation([record(0, 0)], wait, wait + 1)]))
    assert drawn.figure.axes[0].get_ylabel() == f"iterator age ({unit})"
    assert drawn.figure.axes[0].lines[0].get_ydata()[0] == pytest.approx(top)


def test_few_records_are_drawn_one_by_one() -> None:
    drawn = plots.attempts_per_record(poison_run())
    assert heights(drawn, "done") == [1] * 9
    assert heights(drawn, "never done") == [2, 2, 2]
    labels = [label.get_text() for label in drawn.figure.axes[0].get_xticklabels()]
    assert labels == ["UA0", "UA2", "UA4", "UA1", "UA3", "UA5", "UA6", "UA8", "UA10", "UA7", "UA9", "UA11"]
    assert drawn.title == "3 of 12 records came more than once, up to 2 times"
    assert drawn.reading == "15 deliveries of 12 records; 3 never done."


def test_many_records_are_counted_by_deliveries() -> None:
    batch = [record(n, 0) for n in range(50)]
    calls = [
        invocation(batch, 1, 2, outcome="partial", passed=40),
        invocation(batch[40:], 3, 4, number=2, outcome="error"),
        invocation(batch[40:], 5, 6, number=2, attempt=2),
    ]
    drawn = plots.attempts_per_record(trace([], calls))
    assert [bar.get_height() for bar in drawn.figure.axes[0].patches] == [40, 10]
    assert drawn.title == "10 of 50 records came more than once, up to 3 times"
    assert drawn.reading == "70 deliveries of 50 records; every one was done in the end."


def test_records_that_came_once_are_said_to() -> None:
    drawn = plots.attempts_per_record(trace([], [invocation([record(0, 0)], 1, 2)]))
    assert drawn.title == "Each of 1 record was delivered exactly once"


def test_the_day_is_counted_in_stretches_of_its_own_zone() -> None:
    # GIVEN changes at 10:10, 10:20, 10:40 and 12:00 UTC, which is 05:10 to 07:00 in New York
    kinds = ["INSERT", "MODIFY", "MODIFY", "REMOVE"]
    records = [
        record(n, minutes * 60.0, event_name=kind)
        for n, (minutes, kind) in enumerate(zip([10, 20, 40, 120], kinds, strict=True))
    ]
    drawn = plots.day_flow(trace(records), every="30min", tz="America/New_York", note="By rule.")
    # THEN every half hour has its bar, the empty ones too
    assert heights(drawn, "INSERT (1)") == [1, 0, 0, 0, 0]
    assert heights(drawn, "MODIFY (2)") == [1, 1, 0, 0, 0]
    assert heights(drawn, "REMOVE (1)") == [0, 0, 0, 0, 1]
    assert [bar.get_y() for bar in bars(drawn, "MODIFY (2)")] == [1, 0, 0, 0, 0]
    assert drawn.title == "Most changes come from 05:00 to 05:30: 2"
    assert drawn.reading == (
        "4 changes: 1 INSERT, 2 MODIFY, 1 REMOVE; busiest 30 minutes: 2 from 05:00. By rule."
    )
    assert "New York time" in drawn.figure.axes[0].get_xlabel()


def test_the_day_holds_every_change() -> None:
    writes = storm()
    drawn = plots.day_flow(writes)
    assert sum(sum(heights(drawn, event)) for event in ("INSERT", "MODIFY", "REMOVE")) == len(writes) == 200


def test_groups_are_drawn_beside_the_truth_and_differences_are_named() -> None:
    # GIVEN an aggregate that is off in two groups, one of which the truth lacks
    have = pd.DataFrame({"group": ["UA", "AA", "XX"], "value": [Decimal(5), Decimal(3), Decimal(1)]})
    want = pd.Series({"AA": Decimal(3), "UA": Decimal(7)})
    drawn = plots.bars_by_group(have, want, unit="flights", by="carrier")
    # THEN groups are in order, and both values are drawn
    assert [label.get_text() for label in drawn.figure.axes[0].get_xticklabels()] == ["AA", "UA", "XX"]
    assert heights(drawn, "aggregate") == [3, 5, 1]
    assert points(drawn, label="truth") == [(0, 3), (1, 7), (2, 0)]
    assert texts(drawn) == ["-2", "+1"]
    assert drawn.title == "2 of 3 carriers differ from the truth, most UA: -2"
    assert drawn.reading == (
        "9 flights, 3 carriers; most: UA with 5; the truth is 10, so the aggregate is off by -1."
    )


def test_groups_that_are_equal_are_said_to_be() -> None:
    drawn = plots.bars_by_group({"AA": 3, "UA": 5}, {"UA": Decimal("5.0"), "AA": 3}, by="carrier")
    assert drawn.title == "The aggregate equals the truth for every carrier"
    assert texts(drawn) == []


def test_counts_of_groups_stand_on_an_axis_of_whole_numbers_that_has_the_name_it_is_given() -> None:
    # GIVEN counts up to 19, for which the usual ticks are 2.5 apart
    drawn = plots.bars_by_group(
        {"10:45": 1, "11:00": Decimal(19)}, by="window", label="start of the window (UTC)"
    )
    axes = drawn.figure.axes[0]
    # THEN no tick lies between two counts
    assert [tick for tick in axes.get_yticks() if tick != int(tick)] == []
    # AND the axis says more than what a group is called
    assert axes.get_xlabel() == "start of the window (UTC)"
    # BUT what is measured in parts has ticks between whole numbers
    parts = plots.bars_by_group({"AA": 0.2, "UA": 0.7}).figure.axes[0]
    assert any(tick != int(tick) for tick in parts.get_yticks())


def test_of_many_groups_the_largest_are_drawn_and_all_are_counted() -> None:
    drawn = plots.bars_by_group({f"G{n:02}": n for n in range(1, 41)}, unit="flights")
    assert len(drawn.figure.axes[0].patches) == 30
    assert drawn.reading == "820 flights, 40 groups; most: G40 with 40. Drawn: the 30 largest."


def test_what_a_filter_loses_is_told_from_what_it_lets_pass() -> None:
    drawn = plots.passing(*filtered())
    words = [text.get_text() for text in drawn.figure.axes[0].texts]
    assert words == ["", "lost", "lost", "passes", "", "passes too"]
    assert drawn.title == "2 of 2 filters do something else than was meant"
    assert drawn.reading.startswith("2 times a record is lost, 1 times one passes that should not; wrong: ")
    assert plots.passing(filtered()[1], filtered()[1]).title == "All of 2 filters do what was meant"


def test_a_backlog_is_drawn_for_each_queue_and_its_peak_is_named() -> None:
    drawn = plots.backlog(queues(), unit="messages waiting")
    (axes,) = drawn.figure.axes
    lines = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert {name: [*values] for name, values in lines.items()} == {
        "audit": [0] * 4,
        "notifier": [3, 14, 6, 1],
    }
    assert drawn.title == "In notifier up to 14 wait, in audit nothing"
    assert drawn.reading == "messages waiting: audit: none; notifier: at most 14 at 11:00, 1 at the end."
    # AND messages are counted in whole numbers, and an empty queue is not covered by the axis
    assert all(float(tick).is_integer() for tick in axes.get_yticks())
    assert axes.get_ylim()[0] < 0
    assert plots.backlog(queues()[["at", "audit"]]).title == "Nothing waits anywhere"


def test_what_is_above_a_limit_is_told_from_what_is_within() -> None:
    drawn = plots.against_limit({1: 1733.4, 2: 980, 4: 560}, 1000, "writes per second", "rows")
    (axes,) = drawn.figure.axes
    bars = {
        c.get_label(): [bar.get_height() for bar in c] for c in axes.containers if isinstance(c, BarContainer)
    }
    assert bars == {"above the limit": [1733.4], "within it": [980, 560]}
    assert drawn.title == "From 2 rows on, the limit of 1,000 writes per second holds"
    assert drawn.reading == ("1 value above 1,000 writes per second; highest 1,733 at 1, lowest 560 at 4.")


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({1: 5, 2: 4}, "Not one stays within 3 calls"),
        ({1: 3, 2: 1}, "All stay within 3 calls"),
        ({1: 3, 2: 4}, "1 of 2 stay within 3 calls"),
    ],
)
def test_a_limit_that_all_or_none_or_some_keep_is_said_to_be(values: dict[int, float], finding: str) -> None:
    assert plots.against_limit(values, 3, "calls", "lanes").title == finding


def test_drift_draws_each_aggregate_against_the_truth() -> None:
    drawn = plots.drift(drifting(), unit="flights")
    truth, naive, transaction = drawn.figure.axes[0].lines
    assert [line.get_label() for line in (truth, naive, transaction)] == ["truth", "naive ADD", "transaction"]
    assert list(naive.get_ydata()) == [0, 1, 3, 5]
    assert list(transaction.get_ydata()) == list(truth.get_ydata()) == [0, 1, 2, 3]
    assert drawn.title == "Naive ADD ends 2 flights too high, transaction ends on the truth"
    assert drawn.reading == (
        "naive ADD: leaves the truth at 12:00, ends at 5 where 3 flights is right; "
        "transaction: equal to the truth at all 4 points."
    )


def test_drift_draws_the_difference_where_the_curves_would_lie_on_each_other() -> None:
    drawn = plots.drift(drifting(), unit="flights", difference=True)
    axes = drawn.figure.axes[0]
    truth, naive, transaction = axes.lines
    assert list(naive.get_ydata()) == [0, 0, 1, 2]
    assert list(transaction.get_ydata()) == list(truth.get_ydata()) == [0, 0, 0, 0]
    assert axes.get_ylabel() == "flights too many"
    assert drawn.reading == plots.drift(drifting(), unit="flights").reading


def test_lineage_draws_lives_and_descent() -> None:
    drawn = plots.shard_lineage(family())
    axes = drawn.figure.axes[0]
    hours = [(round(x % 1 * 24 - 10, 2), round(width * 24, 2)) for x, width in _days(drawn, "closed (2)")]
    assert hours == [(0.0, 2.0), (0.0, 4.0)]
    assert len(bars(drawn, "open (3)")) == 3
    assert [label.get_text()[-1] for label in axes.get_yticklabels()] == ["1", "3", "4", "2", "5"]
    assert len(axes.texts) == 3  # an arrow to each child
    assert drawn.title == "2 shards became 3 open ones: 1 split and 1 rollover"
    assert drawn.reading == (
        "5 shards in all, 3 open; 1 split and 1 rollover; the longest line of descent is 2 generations."
    )


def _days(drawn: Drawn, label: str) -> list[tuple[float, float]]:
    return [(bar.get_x(), bar.get_width()) for bar in bars(drawn, label)]


def test_lineage_of_a_disabled_stream_has_no_open_shard() -> None:
    drawn = plots.shard_lineage([shard(1, closed=True)])
    assert drawn.title == "1 shard, 0 open, none with a parent"
    assert len(bars(drawn, "closed (1)")) == 1


def test_lineage_reads_a_frame_as_well() -> None:
    at = pd.Timestamp(START, unit="s", tz="UTC")
    frame = pd.DataFrame(
        {
            "shard_id": ["shardId-1-aaaaaaaa", "shardId-2-bbbbbbbb"],
            "parent_id": [None, "shardId-1-aaaaaaaa"],
            "opened_at": [at, at + pd.Timedelta("4h")],
            "closed_at": [at + pd.Timedelta("4h"), pd.NaT],
        }
    )
    assert plots.shard_lineage(frame).title == "1 shard became 1 open one: 1 rollover"


@pytest.mark.parametrize(
    ("draw", "says"),
    [
        (lambda: plots.iterator_age(trace([])), "no iterator age to draw"),
        (lambda: plots.attempts_per_record(trace([])), "no deliveries to draw"),
        (lambda: plots.day_flow(trace([])), "no changes to draw"),
        (lambda: plots.bars_by_group({}), "no groups to draw"),
        (lambda: plots.drift(drifting()[["at", "truth"]]), "a column of values beside at and truth"),
        (lambda: plots.drift(drifting()[:0]), "drift needs rows"),
        (lambda: plots.shard_lineage([]), "no shards to draw"),
        (lambda: plots.against_limit({}, 3, "calls", "lanes"), "no values to draw"),
        (lambda: plots.backlog(queues()[["at"]]), "a column for each queue beside at"),
        (lambda: plots.passing(filtered()[0][:0], filtered()[1][:0]), "no cells to draw"),
        (lambda: plots.backlog(queues()[:0]), "a backlog needs rows"),
    ],
)
def test_nothing_to_draw_is_said_in_one_line(draw: Callable[[], Drawn], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        draw()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.35, "350 ms"),
        (1, "1 s"),
        (12.54, "12.5 s"),
        (119, "119 s"),
        (192, "3.2 min"),
        (5400, "90 min"),
        (8100, "2.2 h"),
        (86400, "24 h"),
    ],
)
def test_a_length_of_time_has_the_unit_that_suits_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_counts_and_amounts() -> None:
    assert [count(1, "retry", "retries"), count(2000, "record")] == ["1 retry", "2,000 records"]
    assert [amount(1234), amount(Decimal("0.10"), "+"), amount(0.1 + 0.2), amount(-3, "+")] == [
        "1,234",
        "+0.10",
        "0.3",
        "-3",
    ]


def test_given_up_without_a_destination_is_lost_and_said_so() -> None:
    batch = [record(0, 0)]
    run = trace([], [invocation(batch, 1, 2, outcome="error")], [given_up(batch, 2, destination="")])
    assert plots.event_flow(run).reading.endswith("1 record given up, 0 of them reported to a destination.")


def cells_of(drawn: Drawn) -> list[str]:
    return [text.get_text() for text in drawn.figure.axes[0].texts]


def test_batches_are_laid_out_by_record_and_invocation() -> None:
    # GIVEN five invocations of twelve records, two of them failed
    drawn = plots.batches(poison_run())
    # THEN each has its bar, as wide as its records are many and apart, with its outcome in words
    axes = drawn.figure.axes[0]
    assert sum(len(container) for container in axes.containers) == 5
    assert cells_of(drawn).count("error") == 2
    assert drawn.reading == "5 invocations for 12 records: 2 did not succeed, 3 given up."
    # AND what cannot be told apart is refused
    with pytest.raises(ValueError, match="not for 0"):
        plots.batches(trace([], [], []))


def test_the_image_matrix_shows_every_cell_and_names_the_one_with_both_images() -> None:
    drawn = plots.image_matrix(images())
    assert cells_of(drawn) == [str(cell) for row in images().to_numpy() for cell in row]
    assert drawn.title == "Only a MODIFY under NEW_AND_OLD_IMAGES has both images"
    assert drawn.reading.startswith("12 combinations: 5 with the key alone, 3 with key and new image")
    assert plots.image_matrix(images()[["INSERT"]]).title == "No record has both images"


def test_counts_are_told_apart_as_lost_right_and_doubled() -> None:
    drawn = plots.counted_grid(crashes(), 3)
    boxes = drawn.figure.axes[0].patches
    looks = [(box.get_facecolor(), box.get_hatch()) for box in boxes]
    assert cells_of(drawn) == ["2", "3", "3", "3", "4", "3", "3", "3", "3"]
    assert len({looks[0], looks[1], looks[4]}) == 3
    assert {looks[place] for place in (2, 3, 5, 6, 7, 8)} == {looks[1]}
    assert drawn.title == "Always 3: both"
    assert drawn.reading == (
        "key first: 2 of 3 right, between 2 and 3; effect first: 2 of 3 right, between 3 and 4; "
        "both: 3 of 3 right."
    )
    assert plots.counted_grid(crashes(), 9).title == "None of 3 ways is always right"


def test_a_crash_that_cannot_happen_leaves_its_cell_empty_and_is_not_counted() -> None:
    frame = crashes().astype("Int64")
    frame.loc["both", [2, 3]] = pd.NA
    drawn = plots.counted_grid(frame, 3)
    assert cells_of(drawn) == ["2", "3", "3", "3", "4", "3", "3"]
    assert drawn.title == "Always 3: both"
    assert drawn.reading.endswith("both: 1 of 1 right.")


def test_orders_of_reading_are_laid_side_by_side_and_compared_by_item() -> None:
    drawn = plots.reading_orders(orders())
    assert cells_of(drawn)[:4] == ["A1\n10", "B1\n10", "A1\n20", "B1\n20"]
    assert drawn.title == "2 orders of the same records; each item's own changes in one order everywhere"
    # AND a reader that swaps the changes of one item is found out
    swapped = orders() | {"children first": [("A1", 20), ("A1", 10), ("B1", 10), ("B1", 20)]}
    assert plots.reading_orders(swapped).title == "3 orders of the same records; 1 of 2 items differ too"


def test_long_names_of_groups_take_several_lines() -> None:
    drawn = plots.bars_by_group({"NEW_AND_OLD_IMAGES": 3.0, "JFK": 1.0})
    labels = [label.get_text() for label in drawn.figure.axes[0].get_xticklabels()]
    assert labels == ["JFK", "NEW\nAND\nOLD\nIMAGES"]
    assert "NEW_AND_OLD_IMAGES has the most" in drawn.title


# ---- metrics -------------------------------------------------------------------------------------


def two_minutes() -> pd.DataFrame:
    """IteratorAge of two mappings in the first minute and of one in the third, and a count."""
    rows = [
        ("IteratorAge", "one", 0, 400.0, 2, 100.0, 300.0),
        ("IteratorAge", "two", 0, 50.0, 3, 10.0, 30.0),
        ("IteratorAge", "one", 2, 60_000.0, 1, 60_000.0, 60_000.0),
        ("Errors", "one", 0, 1.0, 2, 0.0, 1.0),
    ]
    return pd.DataFrame(
        {
            "timestamp": pd.Timestamp("2013-03-08 10:00", tz="UTC") + pd.Timedelta(minutes=minute),
            "metric": metric,
            "mapping": mapping,
            "unit": "Count" if metric == "Errors" else "Milliseconds",
            "sum": total,
            "sample_count": count,
            "minimum": low,
            "maximum": high,
        }
        for metric, mapping, minute, total, count, low, high in rows
    )


def test_a_metric_graph_has_a_point_for_each_minute_and_takes_mappings_together() -> None:
    # GIVEN a minute with values of two mappings, one without, and one with a single value
    drawn = plots.metric_graph(two_minutes(), {"IteratorAge": ["maximum", "minimum", "average", "sum"]})
    # THEN each line has the statistic over all values of a minute, and no point where there was none
    lines = {str(line.get_label()): line for line in drawn.figure.axes[0].get_lines()}
    assert {name: list(line.get_ydata()) for name, line in lines.items()} == {
        "IteratorAge, maximum": [300.0, 60_000.0],
        "IteratorAge, minimum": [10.0, 60_000.0],
        "IteratorAge, average": [90.0, 60_000.0],
        "IteratorAge, sum": [450.0, 60_000.0],
    }
    assert list(lines["IteratorAge, sum"].get_xdata()) == [0.0, 120.0]
    assert drawn.title == "IteratorAge, maximum: up to 60,000 milliseconds"
    assert "IteratorAge, minimum: highest 60,000 at 10:02:00, last 60,000" in drawn.reading


def test_the_axes_of_a_metric_graph_can_be_read() -> None:
    # GIVEN values of five minutes, from zero to 60,000 milliseconds
    metrics = two_minutes()
    later = metrics.assign(timestamp=metrics["timestamp"] + pd.Timedelta(minutes=3))
    axes = plots.metric_graph(pd.concat([metrics, later]), {"IteratorAge": ["maximum"]}).figure.axes[0]
    axes.figure.draw_without_rendering()
    # THEN thousands are told apart, there is no tick between two minutes, and a mark at zero is whole
    assert "60,000" in [tick.get_text() for tick in axes.get_yticklabels()]
    assert [tick for tick in axes.get_xticks() if tick != int(tick)] == []
    assert axes.get_ylim()[0] < 0
    assert axes.get_ylabel() == "milliseconds (one point a minute)"


def test_a_mark_at_an_age_of_zero_is_whole() -> None:
    frame = pd.DataFrame({"second": [0.0, 10.0], "age_max": [0.0, 5.0]})
    assert plots.ages({"a run": frame}).figure.axes[0].get_ylim()[0] < 0
    rates = pd.DataFrame({"writes": [100, 200], "factor 1": [0.0, 5.0]})
    assert plots.ages_by_rate(rates).figure.axes[0].get_ylim()[0] < 0


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ({"IteratorAge": ["p99"]}, "no statistic p99: there are sum, average, minimum, maximum"),
        ({"IteratorAge": ["sum"], "Errors": ["sum"]}, "metrics of one unit"),
        ({"Throttles": ["sum"]}, "no value"),
    ],
)
def test_what_a_metric_graph_cannot_draw_is_refused(lines: dict[str, list[str]], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        plots.metric_graph(two_minutes(), lines)
