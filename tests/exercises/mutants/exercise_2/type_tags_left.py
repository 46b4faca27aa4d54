"""The image as it comes, with its type tags, as the document."""

from tests.exercises.mutants.exercise_2.base import (
    failures,
    find_delayed,
    is_refused,
    items_of,
    numbers_of,
    rebuild,
)

SCENARIO = "plain day"
MISCONCEPTION = "type tags left"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    lines = []
    for record in event["Records"]:
        change = record["dynamodb"]
        image = change.get("NewImage") or change["OldImage"]
        meta = {"_id": change["Keys"]["flight_id"]["S"], "version": int(image["version"]["N"])}
        meta["version_type"] = "external" if "NewImage" in change else "external_gte"
        lines += [{"index": meta}, image] if "NewImage" in change else [{"delete": meta}]
    refused = [place for place, item in enumerate(items_of(lines)) if is_refused(item)]
    return failures(numbers_of(event), refused[0] if refused else None)
