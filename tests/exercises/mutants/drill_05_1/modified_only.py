"""Changes of flights that are there already."""

SCENARIO = "a storm"
MISCONCEPTION = "left out"

ANSWER = {
    "patterns": [
        {"eventName": ["MODIFY"], "dynamodb": {"NewImage": {"band": {"S": ["major"]}}}},
        {"dynamodb": {"NewImage": {"status": {"S": ["cancelled"]}}}},
    ]
}
