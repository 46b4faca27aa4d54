"""Both conditions in one pattern."""

SCENARIO = "a storm"
MISCONCEPTION = "one pattern is an and"

ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"band": {"S": ["major"]}, "status": {"S": ["cancelled"]}}}},
    ]
}
