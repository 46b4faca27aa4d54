"""No patterns: the event as it comes, typed values written by the low-level client."""

import base64
import datetime

import boto3

client = boto3.client("dynamodb")


def plain(typed):
    ((tag, value),) = typed.items()
    if tag == "B":
        return {"B": base64.b64decode(value)}
    if tag == "BS":
        return {"BS": [base64.b64decode(entry) for entry in value]}
    if tag in ("SS", "NS"):
        return {tag: sorted(value)}
    if tag == "L":
        return {"L": [plain(entry) for entry in value]}
    if tag == "M":
        return {"M": {name: plain(entry) for name, entry in value.items()}}
    return dict(typed)


def told(body):
    old, new = body.get("OldImage", {}), body.get("NewImage", {})
    changed = {}
    for name in old.keys() | new.keys():
        before = {"old": plain(old[name])} if name in old else {}
        after = {"new": plain(new[name])} if name in new else {}
        if before.get("old") != after.get("new"):
            changed[name] = {"M": before | after}
    return changed


def write(record):
    body = record["dynamodb"]
    when = datetime.datetime.fromtimestamp(body["ApproximateCreationDateTime"], datetime.UTC)
    service = record.get("userIdentity", {}).get("principalId") == "dynamodb.amazonaws.com"
    client.put_item(
        TableName="audit",
        Item={
            "flight_id": body["Keys"]["flight_id"],
            "sequence": {"S": f"{int(body['SequenceNumber']):040d}"},
            "event_id": {"S": record["eventID"]},
            "action": {"S": record["eventName"]},
            "who": {"S": "ttl" if service else "user"},
            "when": {"S": when.strftime("%Y-%m-%dT%H:%M:%SZ")},
            "changes": {"M": told(body)},
        },
    )


def handler(event, context):
    failed = None
    for record in event["Records"]:
        try:
            write(record)
        except Exception as error:
            print(error)
            failed = record["dynamodb"]["SequenceNumber"]
            break
    return {"batchItemFailures": [{"itemIdentifier": failed}] if failed else []}
