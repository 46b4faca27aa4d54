"""Every flight that is delayed."""

SCENARIO = "a storm"
MISCONCEPTION = "more than asked for"

ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"status": {"S": ["delayed", "cancelled"]}}}},
        {"dynamodb": {"NewImage": {"band": {"S": ["major"]}}}},
    ]
}
