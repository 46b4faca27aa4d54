"""Random handlers with threads and tasks: nothing is lost or counts twice, and equal seeds are equal runs."""

import threading

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from cdc_lab import Faults, Lab
from tests.emulator.busy_handlers import STYLES, Board
from tests.emulator.worlds import world_settings

SOME = world_settings(15, HealthCheck.data_too_large)
faulty = st.builds(
    Faults,
    seed=st.integers(0, 99),
    duplicates=st.sampled_from([0.0, 0.2]),
    lost_acks=st.sampled_from([0.0, 0.2]),
    throttles=st.sampled_from([0.0, 0.2]),
    crash_after=st.one_of(st.just(()), st.lists(st.integers(1, 60), max_size=4).map(tuple)),
    slow=st.sampled_from([{}, {"dynamodb": 0.3}]),
    refusals=st.sampled_from([0.0, 0.1]),
)


def world(seed, style, count, faults, mapping):
    """What a world has added up, and what its trace shows."""
    with Lab(seed=seed) as lab:
        board = Board(lab)
        board.run(style, count, faults, lab, **mapping)
        shown = [getattr(lab.trace, name).to_csv() for name in ("calls", "invocations", "deliveries")]
        return board.total(), [*shown, lab.trace.logs.to_csv()]


@given(
    seed=st.integers(0, 9),
    style=st.sampled_from(STYLES),
    count=st.integers(1, 25),
    faults=faulty,
    mapping=st.fixed_dictionaries(
        {
            "BatchSize": st.integers(1, 12),
            "ParallelizationFactor": st.sampled_from([1, 3]),
            "BisectBatchOnFunctionError": st.booleans(),
        }
    ),
)
@SOME
def test_every_record_counts_once_and_a_run_repeats(seed, style, count, faults, mapping):
    # GIVEN a handler that works on its records side by side, WHEN faults strike
    total, shown = world(seed, style, count, faults, mapping)
    # THEN each record was added exactly once
    assert total == (count, sum(range(count)))
    # AND the same seed shows the same run, call by call
    assert world(seed, style, count, faults, mapping) == (total, shown)
    # AND no thread is left
    assert not [thread for thread in threading.enumerate() if hasattr(thread, "_cdc_lab")]
