"""PartiQL writes make the records that the classic calls make (A30), and are refused as AWS refuses them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdc_lab import Lab

from .streaming import events, item, names, put, records, refused, table


def test_insert_update_delete(lab: Lab) -> None:  # A30
    client = table(lab)
    client.execute_statement(Statement="INSERT INTO tab VALUE {'pk': 'a', 'n': 1, 'm': {'l': [1, 'x']}}")
    client.execute_statement(
        Statement="UPDATE \"tab\" SET n = n + 1 SET m.l[0] = ? WHERE pk = 'a'", Parameters=[{"N": "7"}]
    )
    client.execute_statement(Statement='DELETE FROM "tab" WHERE "pk" = ?', Parameters=[{"S": "a"}])
    first = item("a", n=1, m={"M": {"l": {"L": [{"N": "1"}, {"S": "x"}]}}})
    second = item("a", n=2, m={"M": {"l": {"L": [{"N": "7"}, {"S": "x"}]}}})
    assert events(lab) == [("INSERT", None, first), ("MODIFY", first, second), ("REMOVE", second, None)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tab SET n = 1 WHERE pk = 'a'",
        "UPDATE tab SET n = 1.0 WHERE pk = 'a'",
        "UPDATE tab REMOVE absent WHERE pk = 'a'",
        "UPDATE tab SET s = set_add(s, <<'x'>>) WHERE pk = 'a'",
        "DELETE FROM tab WHERE pk = 'missing'",
    ],
)
def test_a_statement_that_changes_nothing_leaves_no_record(lab: Lab, statement: str) -> None:  # A23, A33
    client = table(lab)
    put(client, "a", n=1, s={"SS": ["x", "y"]})
    client.execute_statement(Statement=statement)
    assert names(lab) == ["INSERT"]


def test_sets_and_lists(lab: Lab) -> None:
    client = table(lab)
    put(client, "a", s={"SS": ["x"]}, l={"L": [{"N": "1"}]})
    for change in (
        "SET s = set_add(s, <<'y', 'z'>>)",
        "SET s = set_delete(s, <<'x'>>)",
        "SET l = list_append(l, [2])",
    ):
        client.execute_statement(Statement=f"UPDATE tab {change} WHERE pk = 'a'")
    assert events(lab)[-1][2] == item("a", s={"SS": ["y", "z"]}, l={"L": [{"N": "1"}, {"N": "2"}]})


def test_an_insert_over_an_item_is_refused(lab: Lab) -> None:
    client = table(lab)
    put(client, "a", n=1)
    code, message = refused(client.execute_statement, Statement="INSERT INTO tab VALUE {'pk': 'a'}")
    assert (code, message) == ("DuplicateItemException", "Duplicate primary key exists in table")
    assert names(lab) == ["INSERT"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tab SET n = 2 WHERE pk = 'missing'",
        "UPDATE tab SET n = 2 WHERE pk = 'a' AND n > 1",
        "UPDATE tab SET n = 2 WHERE pk = 'a' AND n IS MISSING",
        "UPDATE tab SET n = 2 WHERE pk = 'a' AND (begins_with(word, 'x') OR n IN [5, 6])",
        "DELETE FROM tab WHERE pk = 'a' AND NOT n BETWEEN 0 AND 3",
        "DELETE FROM tab WHERE pk = 'a' AND n = 2",
        "DELETE FROM tab WHERE pk = 'a' AND NOT ((n = 1 OR n = 2) AND (n = 1 OR n = 3))",
        "DELETE FROM tab WHERE pk = 'a' AND ((((n = 2))))",
        "DELETE FROM tab WHERE pk = 'a' AND ((n = 2 OR n = 3))",
    ],
)
def test_a_condition_that_does_not_hold(lab: Lab, statement: str) -> None:  # A33
    client = table(lab)
    put(client, "a", n=1, word="one")
    assert refused(client.execute_statement, Statement=statement)[0] == "ConditionalCheckFailedException"
    assert names(lab) == ["INSERT"]


def test_conditions_that_hold(lab: Lab) -> None:
    client = table(lab)
    put(client, "a", n=1, word="one")
    where = "pk = 'a' AND (begins_with(word, 'o') OR n > 5) AND n IN [1, 2] "
    where += "AND absent IS MISSING AND size(word) = 3"
    client.execute_statement(Statement=f"UPDATE tab SET n = 2 WHERE {where}")
    assert names(lab) == ["INSERT", "MODIFY"]


def test_returning(lab: Lab) -> None:
    client = table(lab)
    put(client, "a", n=1, word="x")
    for what, expected in (
        ("MODIFIED NEW *", {"n": {"N": "2"}}),
        ("ALL OLD *", item("a", n=2, word="x")),
        ("MODIFIED OLD *", {"n": {"N": "3"}}),
        ("ALL NEW *", item("a", n=5, word="x")),
    ):
        answer = client.execute_statement(
            Statement=f"UPDATE tab SET n = n + 1 WHERE pk = 'a' RETURNING {what}"
        )
        assert answer["Items"] == [expected]
    answer = client.execute_statement(Statement="DELETE FROM tab WHERE pk = 'a' RETURNING ALL OLD *")
    assert answer["Items"] == [item("a", n=5, word="x")]


def test_a_batch_writes_what_it_can(lab: Lab) -> None:
    client = table(lab)
    put(client, "a", n=1)
    put(client, "c", n=1)
    statements = [
        {"Statement": "INSERT INTO tab VALUE {'pk': ?}", "Parameters": [{"S": "b"}]},
        {"Statement": "INSERT INTO tab VALUE {'pk': 'a'}"},
        {"Statement": "UPDATE tab SET n = 2 WHERE pk = 'missing'"},
        {"Statement": "UPDATE tab SET n = 2 WHERE pk = 'c'"},
        {"Statement": "INSERT INTO absent VALUE {'pk': 'a'}"},
    ]
    responses = client.batch_execute_statement(Statements=statements)["Responses"]
    codes = [response.get("Error", {}).get("Code") for response in responses]
    assert codes == [None, "DuplicateItem", "ConditionalCheckFailed", None, "ResourceNotFound"]
    assert names(lab) == ["INSERT", "INSERT", "INSERT", "MODIFY"]


@pytest.mark.parametrize(
    ("second", "text"),
    [
        ("UPDATE tab SET n = 2 WHERE pk = 'a'", "Provided list of item keys contains duplicates"),
        ("SELECT * FROM tab WHERE pk = 'b'", "Read and write requests together in the same batch"),
    ],
)
def test_a_batch_that_is_refused_as_a_whole(lab: Lab, second: str, text: str) -> None:
    client = table(lab)
    statements = [{"Statement": "INSERT INTO tab VALUE {'pk': 'a'}"}, {"Statement": second}]
    code, message = refused(client.batch_execute_statement, Statements=statements)
    assert (code, message[: len(text)]) == ("ValidationException", text)
    assert records(lab) == []


def test_a_transaction_writes_all_or_nothing(lab: Lab) -> None:  # A28, A33
    client = table(lab)
    put(client, "a", n=1)
    good = [
        {"Statement": "UPDATE tab SET n = 2 WHERE pk = 'a'"},
        {"Statement": "INSERT INTO tab VALUE {'pk': 'b'}"},
    ]
    bad = [
        good[0],
        {"Statement": "INSERT INTO tab VALUE {'pk': 'c'}"},
        {"Statement": "DELETE FROM tab WHERE pk = 'd' AND n = 1"},
    ]
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.execute_transaction(TransactStatements=bad)
    codes = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert codes == ["None", "None", "ConditionalCheckFailed"]
    assert names(lab) == ["INSERT"]
    client.execute_transaction(TransactStatements=good)
    assert names(lab) == ["INSERT", "MODIFY", "INSERT"]
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.execute_transaction(TransactStatements=good[1:])
    assert caught.value.response["CancellationReasons"][0]["Code"] == "DuplicateItem"


def test_select(lab: Lab) -> None:
    client = table(lab)
    for number in range(4):
        put(client, f"k{number}", n=number, m={"M": {"x": {"N": "1"}}})

    def select(statement: str, **more: Any) -> Any:
        return client.execute_statement(Statement=statement, **more)

    assert len(select("SELECT * FROM tab")["Items"]) == 4
    assert select("SELECT n, m.x FROM \"tab\" WHERE pk = 'k2'")["Items"] == [
        {"n": {"N": "2"}, "x": {"N": "1"}}
    ]
    assert len(select("SELECT pk FROM tab WHERE n >= ?", Parameters=[{"N": "2"}])["Items"]) == 2
    page = select("SELECT pk FROM tab", Limit=3)
    assert len(page["Items"]) == 3
    assert len(select("SELECT pk FROM tab", Limit=3, NextToken=page["NextToken"])["Items"]) == 1
    assert names(lab) == ["INSERT"] * 4


@pytest.mark.parametrize(
    ("statement", "parameters", "code"),
    [
        ("rubbish", [], "ValidationException"),
        ("UPDATE tab SET n = 1", [], "ValidationException"),
        ("UPDATE tab SET n = 1 WHERE n = 1", [], "ValidationException"),
        ("UPDATE tab SET n = 1 WHERE pk = 'a' OR n = 1", [], "ValidationException"),
        ("UPDATE tab SET pk = 'b' WHERE pk = 'a'", [], "ValidationException"),
        ("DELETE FROM tab", [], "ValidationException"),
        ("INSERT INTO tab VALUE {'n': 1}", [], "ValidationException"),
        ("INSERT INTO tab VALUE {'pk': ?}", [], "ValidationException"),
        ("INSERT INTO tab VALUE {'pk': 'a'}", [{"S": "b"}], "ValidationException"),
        ("INSERT INTO tab VALUE {'pk': <<1, 'x'>>}", [], "ValidationException"),
        ("INSERT INTO absent VALUE {'pk': 'a'}", [], "ResourceNotFoundException"),
        ("SELECT * FROM absent", [], "ResourceNotFoundException"),
        ("SELECT * FROM tab ORDER BY n", [], "ValidationException"),
    ],
)
def test_refusals(lab: Lab, statement: str, parameters: list[Any], code: str) -> None:
    client = table(lab)
    more = {"Parameters": parameters} if parameters else {}
    assert refused(client.execute_statement, Statement=statement, **more)[0] == code
    assert records(lab) == []


WORDS = st.sampled_from(
    re.split(
        " ",
        "INSERT INTO VALUE UPDATE SET REMOVE DELETE FROM SELECT WHERE AND OR NOT IN IS MISSING BETWEEN "
        "RETURNING ALL tab pk n 'a' \"pk\" 1 -1 2.5 ? * = <> < ( ) [ ] { } << >> , : . + size NULL",
    )
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(WORDS, max_size=14),
    start=st.sampled_from(["", "UPDATE tab SET", "DELETE FROM tab WHERE", "SELECT"]),
)
def test_no_statement_raises_a_python_error(lab: Lab, words: list[str], start: str) -> None:
    client = lab.client("dynamodb")
    if "tab" not in client.list_tables()["TableNames"]:
        table(lab)
    code = ""
    try:
        client.execute_statement(Statement=" ".join([start, *words]) or "-", Parameters=[{"S": "a"}])
    except ClientError as error:
        code = error.response["Error"]["Code"]
    assert code in {
        "",
        "ValidationException",
        "ResourceNotFoundException",
        "ConditionalCheckFailedException",
        "DuplicateItemException",
    }


@pytest.mark.parametrize(
    "statement", ["UPDATE tab SET INSERT [", "UPDATE", "DELETE FROM", "INSERT INTO tab VALUE {", "SELECT ["]
)
def test_a_statement_that_breaks_off_is_refused(lab: Lab, statement: str) -> None:
    # GIVEN a statement that ends where something must follow
    lab.create_table("tab", "pk")
    client = lab.client("dynamodb")
    # THEN it is refused as the service refuses, whatever was being read
    with pytest.raises(ClientError) as refused:
        client.execute_statement(Statement=statement)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
