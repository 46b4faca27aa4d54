"""C64 and C65: versions, aliases, and functions of other regions and accounts."""

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"


def test_c64_a_version_is_a_snapshot_and_an_alias_is_named_by_the_context(world):
    # GIVEN a function with a version and an alias of it
    w = world()
    seen = []

    def handler(event, context):
        seen.append((context.invoked_function_arn, context.function_version))

    arn = w.lab.create_function("board", handler).arn
    first = w.functions.publish_version(FunctionName="board")["Version"]
    w.functions.create_alias(FunctionName="board", Name="live", FunctionVersion=first)
    # WHEN nothing has changed THEN publishing once more gives the same version
    assert w.functions.publish_version(FunctionName="board")["Version"] == first == "1"
    # WHEN it is invoked by the alias THEN the context names the alias and the version that runs
    w.functions.invoke(FunctionName="board", Qualifier="live")
    assert seen == [(f"{arn}:live", "1")]


@pytest.mark.parametrize(
    ("arn", "code", "text"),
    [
        (
            f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:board",
            "ResourceNotFoundException",
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
        ),
        ("arn:aws:lambda:us-east-1:210987654321:function:board", "AccessDeniedException", ""),
        (
            f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:board:live",
            "ResourceNotFoundException",
            f"Function not found: arn:aws:lambda:us-east-1:{ACCOUNT}:function:board:live",
        ),
    ],
)
def test_c65_what_is_elsewhere_or_not_there_is_refused(world, arn, code, text):
    w = world()
    w.lab.create_function("board", lambda event, context: None)
    with pytest.raises(ClientError) as refused:
        w.functions.invoke(FunctionName=arn)
    error = refused.value.response["Error"]
    assert error["Code"] == code
    assert text in error["Message"]
