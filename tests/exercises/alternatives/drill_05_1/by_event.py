"""By the event's name, too."""

NEW = ["INSERT", "MODIFY"]

ANSWER = {
    "patterns": [
        {"eventName": NEW, "dynamodb": {"NewImage": {"band": {"S": [{"prefix": "maj"}]}}}},
        {"eventName": NEW, "dynamodb": {"NewImage": {"status": {"S": ["cancelled"]}}}},
    ]
}
