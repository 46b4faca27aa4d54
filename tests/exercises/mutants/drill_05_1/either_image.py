"""What the flight was, too."""

SCENARIO = "a storm"
MISCONCEPTION = "the old image"

ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"band": {"S": ["major"]}}}},
        {"dynamodb": {"OldImage": {"band": {"S": ["major"]}}}},
        {"dynamodb": {"NewImage": {"status": {"S": ["cancelled"]}}}},
    ]
}
