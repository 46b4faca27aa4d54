"""Wrong answers to drill_09_1: their form is in `tests/exercises/loading.py`."""

# %% given
# What the notebook gives, and a test that is right: each answer says what is different.
from cdc_lab.classroom.cases import delete, put, update
from cdc_lab.testing import run_handler


def board_after(lab, handler, changes, faults):
    board = lab.create_table("board", "origin", stream_view_type=None)
    lab.create_table("seen", "event_id", stream_view_type=None)
    flights = lab.create_table("flights", "flight_id")
    for change in changes:
        change.apply(lab, flights)
    reports = ["ReportBatchItemFailures"]
    run_handler(lab, handler, flights, [], faults=faults, BatchSize=4, FunctionResponseTypes=reports)
    return {row["origin"]: row for row in board.scan()["Items"]}


NEW = [put("UA1", origin="EWR", status="cancelled")]
LATER = [
    put("UA2", origin="EWR", status="scheduled"),
    update("UA2", status="cancelled"),
    update("UA2", gate="C14"),
]
BACK = [put("UA3", origin="EWR", status="cancelled"), update("UA3", status="scheduled")]
DELETED = [
    put("AA4", origin="JFK", status="cancelled"),
    delete("AA4"),
    put("AA5", origin="JFK", status="cancelled"),
]


def counts(board):
    return {airport: row["cancelled"] for airport, row in board.items() if row["cancelled"]}


def test_board(lab, handler, faults):
    board = board_after(lab, handler, [*NEW, *LATER, *BACK, *DELETED], faults)
    assert counts(board) == {"EWR": 2, "JFK": 1}


# %% no_assert | wrong decisions | it asserts nothing
# It runs everything, and asserts nothing: a green test.
def ANSWER(lab, handler, faults):
    board_after(lab, handler, [*NEW, *LATER, *BACK, *DELETED], faults)


# %% something_is_there | wrong decisions | it asserts nothing
# "There is a row for EWR."
def ANSWER(lab, handler, faults):
    board = board_after(lab, handler, [*NEW, *LATER, *BACK, *DELETED], faults)
    assert "EWR" in board


# %% caught_by_itself | wrong decisions | it asserts nothing
# What fails is returned, and never raised.
def ANSWER(lab, handler, faults):
    try:
        test_board(lab, handler, faults)
    except Exception as error:
        return error


# %% wrong_sum | right ones | it fails for itself
# It expects a flight that was deleted.
def ANSWER(lab, handler, faults):
    board = board_after(lab, handler, [*NEW, *LATER, *BACK, *DELETED], faults)
    assert counts(board) == {"EWR": 2, "JFK": 2}


# %% no_such_name | right ones | it fails for itself
# A name that is not there: it fails for every handler.
def ANSWER(lab, handler, faults):
    board = board_after(lab, handler, NEW + CHANGES, faults)
    assert counts(board) == {"EWR": 1}


# %% whole_rows | right ones | more than was promised
# The row as the first handler writes it, and nothing else.
def ANSWER(lab, handler, faults):
    board = board_after(lab, handler, [*NEW, *LATER, *BACK, *DELETED], faults)
    assert board["EWR"] == {"origin": "EWR", "cancelled": 2}
    assert board["JFK"] == {"origin": "JFK", "cancelled": 1}


# %% a_row_of_zero | right ones | more than was promised
# An airport without cancelled flights must have a row.
def ANSWER(lab, handler, faults):
    board = board_after(lab, handler, [*NEW, *LATER, *BACK, *DELETED, update("AA5", status="landed")], faults)
    assert board["EWR"]["cancelled"] == 2
    assert board["JFK"]["cancelled"] == 0


# %% what_it_returns | right ones | more than was promised
# It looks at the answer to Lambda, not at the board alone.
def ANSWER(lab, handler, faults):
    answers = []

    def noted(event, context):
        answers.append(handler(event, context))
        return answers[-1]

    board = board_after(lab, noted, [*NEW, *LATER, *BACK, *DELETED], faults)
    assert all(answer["batchItemFailures"] == [] for answer in answers)
    assert counts(board) == {"EWR": 2, "JFK": 1}


# %% only_upwards | wrong decisions | a flight may come back
# A flight that is cancelled stays so.
def ANSWER(lab, handler, faults):
    board = board_after(lab, handler, [*NEW, *LATER, *DELETED], faults)
    assert counts(board) == {"EWR": 2, "JFK": 1}


# %% at_least | wrong decisions | a flight may come back
# "At least two": what is too much goes through, where it should have gone down.
def ANSWER(lab, handler, faults):
    changes = [*NEW, *LATER, *DELETED]
    board = board_after(lab, handler, [*changes, *BACK], faults)
    assert counts(board)["EWR"] in (2, 3)
    assert counts(board)["JFK"] == 1


# %% nobody_deletes | wrong decisions | a flight may be deleted
# No flight is deleted.
def ANSWER(lab, handler, faults):
    board = board_after(lab, handler, [*NEW, *LATER, *BACK, *DELETED[2:]], faults)
    assert counts(board) == {"EWR": 2, "JFK": 1}


# %% deleted_when_it_does_not_count | wrong decisions | a flight may be deleted
# The deleted flight was not cancelled.
def ANSWER(lab, handler, faults):
    gone = [put("AA4", origin="JFK", status="landed"), delete("AA4"), *DELETED[2:]]
    board = board_after(lab, handler, [*NEW, *LATER, *BACK, *gone], faults)
    assert counts(board) == {"EWR": 2, "JFK": 1}


# %% scheduled_first | wrong decisions | a flight may be new
# Each flight is scheduled before it is cancelled.
def ANSWER(lab, handler, faults):
    names = {"UA1": "EWR", "UA2": "EWR", "AA4": "JFK", "AA5": "JFK"}
    changes = [put(name, origin=origin, status="scheduled") for name, origin in names.items()]
    changes += [update(name, status="cancelled") for name in names]
    changes += [update("UA2", gate="C14"), update("UA1", status="scheduled"), delete("AA4")]
    assert counts(board_after(lab, handler, changes, faults)) == {"EWR": 1, "JFK": 1}


# %% in_and_out_again | wrong decisions | a flight may be new
# The only new flight that is cancelled goes back, and does not show.
def ANSWER(lab, handler, faults):
    def flight(name, origin, *statuses):
        first = put(name, origin=origin, status="scheduled")
        return [first, *(update(name, status=status) for status in statuses)]

    back = flight("UA3", "EWR", "cancelled", "scheduled")
    deleted = [*flight("AA4", "JFK", "cancelled"), delete("AA4")]
    other = flight("AA5", "JFK", "cancelled")
    board = board_after(lab, handler, [*LATER, *back, *deleted, *other], faults)
    assert counts(board) == {"EWR": 1, "JFK": 1}


# %% nothing_afterwards | wrong decisions | a later change counts again
# A cancelled flight never changes again.
def ANSWER(lab, handler, faults):
    board = board_after(lab, handler, [*NEW, *LATER[:2], *BACK, *DELETED], faults)
    assert counts(board) == {"EWR": 2, "JFK": 1}


# %% a_gate_too_early | wrong decisions | a later change counts again
# The gate changes before the flight is cancelled.
def ANSWER(lab, handler, faults):
    later = [LATER[0], LATER[2], LATER[1]]
    board = board_after(lab, handler, [*NEW, *later, *BACK, *DELETED], faults)
    assert counts(board) == {"EWR": 2, "JFK": 1}


# %% newark_alone | wrong decisions | one airport is enough
# All flights leave from EWR.
def ANSWER(lab, handler, faults):
    gone = [put("AA4", origin="EWR", status="cancelled"), delete("AA4")]
    board = board_after(lab, handler, [*NEW, *LATER, *BACK, *gone], faults)
    assert counts(board) == {"EWR": 2}


# %% the_sum | wrong decisions | one airport is enough
# The sum over all airports.
def ANSWER(lab, handler, faults):
    board = board_after(lab, handler, [*NEW, *LATER, *BACK, *DELETED], faults)
    assert sum(counts(board).values()) == 3


# %% faults_left_out | under faults | the faults stay outside
# The parameter is there, and nobody uses it.
def ANSWER(lab, handler, faults):
    test_board(lab, handler, None)


# %% a_run_of_its_own | under faults | the faults stay outside
# It has its own harness, and forgot to hand the faults on.
def ANSWER(lab, handler, faults):
    board = lab.create_table("board", "origin", stream_view_type=None)
    lab.create_table("seen", "event_id", stream_view_type=None)
    flights = lab.create_table("flights", "flight_id")
    for change in [*NEW, *LATER, *BACK, *DELETED]:
        change.apply(lab, flights)
    run_handler(lab, handler, flights, [], BatchSize=4)
    assert counts({row["origin"]: row for row in board.scan()["Items"]}) == {"EWR": 2, "JFK": 1}


# %% only_duplicates | under faults | no crash in between
# It makes faults of its own, batches that come twice, and no crash.
def ANSWER(lab, handler, faults):
    from cdc_lab import Faults

    test_board(lab, handler, Faults(seed=1, duplicates=0.9))


# %% a_crash_excused | under faults | no crash in between
# When something has died, the numbers may be what they are.
def ANSWER(lab, handler, faults):
    test_board(lab, handler, None if faults.crash_after else faults)


# %% no_retries | under faults | a retry is no fault
# It wants each batch to be delivered once.
def ANSWER(lab, handler, faults):
    test_board(lab, handler, faults)
    assert (lab.trace.invocations["attempt"] == 1).all()
