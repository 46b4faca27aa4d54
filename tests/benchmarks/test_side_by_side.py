"""The benchmarks' own harness: a side that lacks an operation, or dies, says so, and the others go on."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from tests.benchmarks import _servers, _side_by_side
from tests.benchmarks._servers import DynamoDBLocal, Ministack, left_out
from tests.benchmarks._side_by_side import Comparison, Work, judge
from tests.benchmarks._sides import LAB, MOTO, Clients, Lacks, Side, SideDied, Spent, one_round


def refused(code: str, status: int) -> Callable[[Clients, int], Callable[[], object]]:
    answer = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}

    def prepare(clients: Clients, units: int) -> Callable[[], object]:
        raise ClientError(answer, "TransactWriteItems")  # type: ignore[arg-type]

    return prepare


def raises(clients: Clients, units: int) -> Callable[[], object]:
    raise KeyError("NextShardIterator")


def stops(clients: Clients, units: int) -> Callable[[], object]:
    os._exit(7)


class Pretended:
    """A side that answers at once, without a process: a rate, or how it dies."""

    def __init__(self, name: str, works: object, url: str | None = None) -> None:
        self.name, self.url = name, url

    def spend(self, index: int, units: int) -> Spent | Lacks:
        if self.name == "DynamoDB Local" and index == 0:
            raise SideDied("KeyError: 'NextShardIterator'")
        if self.name == "ministack" and index == 0:
            return Lacks("lacks GetRecords")
        return Spent(*{MOTO: (1.0, 1.0), LAB: (0.1, 0.1)}.get(self.name, (0.5, 0.2)))

    def close(self) -> None:
        pass


class PretendedServer:
    client = type("Client", (), {"url": "http://127.0.0.1:1"})()

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


@pytest.mark.parametrize(("code", "status"), [("UnknownOperationException", 400), ("InternalError", 501)])
def test_an_operation_that_is_not_there_is_no_crash(code, status):
    # GIVEN a server that does not know the operation
    # WHEN a round is done
    answer = one_round(refused(code, status), None, 10)
    # THEN the answer names what is missing
    assert answer == Lacks("lacks TransactWriteItems")


def test_any_other_refusal_is_an_error():
    with pytest.raises(ClientError, match="ValidationException"):
        one_round(refused("ValidationException", 400), None, 10)


@pytest.mark.parametrize(
    ("work", "told"), [(raises, "KeyError: 'NextShardIterator'"), (stops, "exit code 7")]
)
def test_a_process_that_ends_is_reported_with_what_it_said(work, told):
    # GIVEN a side in a process of its own whose work fails
    side = Side("some server", [work], "http://127.0.0.1:1")
    # WHEN it is told to work, THEN the reason comes back
    with pytest.raises(SideDied, match=told):
        side.spend(0, 1)
    # AND it is told again: there is nobody left
    with pytest.raises(SideDied, match="exit code"):
        side.spend(0, 1)
    side.close()


def test_a_column_is_dropped_and_the_others_go_on(monkeypatch, capsys):
    # GIVEN two servers: one dies in the first work, one lacks its operation
    monkeypatch.setattr(_side_by_side, "Side", Pretended)
    servers = {"DynamoDB Local": PretendedServer, "ministack": PretendedServer}
    monkeypatch.setattr(_servers, "SERVERS", servers)
    works = [Work(name, raises, 10, 5, 4) for name in ("reads", "writes")]
    comparison = Comparison(works, list(servers))
    # WHEN both works are done
    first, second = (comparison.measure(index, rounds=3) for index in (0, 1))
    # THEN the first table says what happened, and has the other rows
    assert first["DynamoDB Local"] == "died"
    assert first["ministack"] == "lacks GetRecords"
    assert [len(first[name]) for name in (MOTO, LAB)] == [3, 3]
    # AND from then on the dead side is out, the one that lacked something is not
    assert list(second) == [MOTO, LAB, "ministack"]
    assert [len(rounds) for rounds in second.values()] == [3, 3, 3]
    # AND its traceback was printed once
    assert capsys.readouterr().out.count("KeyError: 'NextShardIterator'") == 1


@pytest.mark.parametrize(
    ("lab", "server", "reached"),
    [(0.2, 0.5, True), (0.3, 0.5, False), (0.2, 0.1, False), (0.2, "died", True)],
)
def test_the_lab_must_be_faster_than_moto_by_so_much_and_than_a_server(lab, server, reached, capsys):
    # GIVEN what each side took for a unit; moto took 1 second, the target is 4 times that
    rounds = server if isinstance(server, str) else [Spent(server, server), Spent(server + 9, server + 9)]
    measured = {MOTO: [Spent(1, 1)], LAB: [Spent(lab, lab)], "ministack": rounds}
    # THEN the verdict counts a server's best round, and no server's that has none
    assert judge(Work("reads", raises, 1, 1, 4), measured) is reached
    assert ("MISSED" in capsys.readouterr().out) is not reached


def test_without_the_lab_or_moto_there_is_no_verdict(capsys):
    assert not judge(Work("reads", raises, 1, 1, 4), {MOTO: "died", LAB: [Spent(1, 1)]})
    assert "nothing to compare" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("server", "variable", "names"),
    [(DynamoDBLocal, "DYNAMODB_LOCAL_URL", "java"), (Ministack, "MINISTACK_URL", "ministack")],
)
def test_a_server_that_cannot_run_says_in_one_line_why(monkeypatch, server, variable, names):
    # GIVEN a machine with none of the programs, and no server that is named
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(variable, raising=False)
    name = next(name for name, made in _servers.SERVERS.items() if made is server)
    # WHEN it is tried
    [reason] = left_out([name]).values()
    # THEN the reason names the program and the way out
    assert names in reason
    assert variable in reason
    assert "\n" not in reason


def test_a_named_server_that_does_not_answer_is_left_out(monkeypatch):
    monkeypatch.setenv("MINISTACK_URL", "http://127.0.0.1:1")
    assert left_out(["ministack"]) == {"ministack": "nothing answers at MINISTACK_URL=http://127.0.0.1:1"}
