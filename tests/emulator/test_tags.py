"""Tags of a table: replaced, limited, and refused as the public suites that run against AWS saw it."""

from __future__ import annotations

from typing import Any

import pytest

from cdc_lab import Lab

from .streaming import refused


@pytest.fixture
def client(lab: Lab) -> Any:
    lab.create_table("tab", partition_key="pk")
    return lab.client("dynamodb")


@pytest.fixture
def arn(client: Any) -> str:
    return str(client.describe_table(TableName="tab")["Table"]["TableArn"])


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def standing(client: Any, arn: str) -> dict[str, str]:
    """All tags, page by page."""
    found: dict[str, str] = {}
    more: dict[str, str] = {}
    while True:
        page = client.list_tags_of_resource(ResourceArn=arn, **more)
        assert not found.keys() & {tag["Key"] for tag in page["Tags"]}
        found |= {tag["Key"]: tag["Value"] for tag in page["Tags"]}
        if "NextToken" not in page:
            return found
        more = {"NextToken": page["NextToken"]}


def test_a_key_that_is_there_takes_the_new_value(client: Any, arn: str) -> None:
    client.tag_resource(ResourceArn=arn, Tags=tags(env="test", team="ops"))
    client.tag_resource(ResourceArn=arn, Tags=tags(env="production"))
    assert standing(client, arn) == {"env": "production", "team": "ops"}
    assert len(client.list_tags_of_resource(ResourceArn=arn)["Tags"]) == 2
    client.untag_resource(ResourceArn=arn, TagKeys=["team", "never-there"])
    assert standing(client, arn) == {"env": "production"}


def test_a_table_has_fifty_tags_at_most(client: Any, arn: str) -> None:
    client.tag_resource(ResourceArn=arn, Tags=tags(**{f"k{n}": "v" for n in range(30)}))
    client.tag_resource(ResourceArn=arn, Tags=tags(**{f"k{n}": "w" for n in range(20, 50)}))
    more = tags(**{f"k{n}": "v" for n in range(49, 51)})
    assert refused(client.tag_resource, ResourceArn=arn, Tags=more)[0] == "ValidationException"
    found = standing(client, arn)
    assert len(found) == 50
    assert found["k49"] == "w"


@pytest.mark.parametrize(
    ("key", "value"),
    [("ok", "#!%%^$$&"), ("->>;-)])", "ok"), ("aws:own", "ok"), ("k" * 129, "ok"), ("k", "v" * 257)],
)
def test_tags_that_no_table_may_have(client: Any, arn: str, key: str, value: str) -> None:
    tag = [{"Key": key, "Value": value}]
    assert refused(client.tag_resource, ResourceArn=arn, Tags=tag)[0] == "ValidationException"
    assert standing(client, arn) == {}


@pytest.mark.parametrize(
    ("key", "value"), [("k" * 128, "v" * 256), (" ", "9"), ("7", " "), ("Flughafen-Ä", "")]
)
def test_tags_that_a_table_may_have(client: Any, arn: str, key: str, value: str) -> None:
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": key, "Value": value}])
    assert standing(client, arn) == {key: value}


CALLS: dict[str, dict[str, Any]] = {
    "tag_resource": {"Tags": tags(a="b")},
    "untag_resource": {"TagKeys": ["a"]},
    "list_tags_of_resource": {},
}


@pytest.mark.parametrize("call", CALLS)
def test_resources_that_are_no_table(client: Any, arn: str, call: str) -> None:
    def refusal(resource: str) -> tuple[str, str]:
        return refused(getattr(client, call), ResourceArn=resource, **CALLS[call])

    for resource in (
        "not-a-valid-arn",
        "arn:not/a/good/format",
        "x" * 125,
        ":/" * 30,
        arn.replace("tab", "ab"),
    ):
        code, message = refusal(resource)
        assert code == "ValidationException"
        assert message == f"Invalid TableArn: Invalid ResourceArn provided as input {resource}"
    assert refusal(f"{arn}x") == (
        "ResourceNotFoundException",
        f"Requested resource not found: ResourcArn: {arn}x not found",
    )
    assert refusal(arn.replace("123456789012", "000000000000"))[0] == "AccessDeniedException"


def test_nothing_to_tag_is_refused(client: Any, arn: str) -> None:
    assert refused(client.tag_resource, ResourceArn=arn, Tags=[]) == (
        "ValidationException",
        "Atleast one Tag needs to be provided as Input.",
    )
    assert refused(client.untag_resource, ResourceArn=arn, TagKeys=[]) == (
        "ValidationException",
        "Atleast one Tag Key needs to be provided as Input.",
    )


def test_an_unknown_token_is_refused(client: Any, arn: str) -> None:
    code, _ = refused(client.list_tags_of_resource, ResourceArn=arn, NextToken="none")
    assert code == "ValidationException"
