"""A leaf that is no list."""

SCENARIO = "a storm"
MISCONCEPTION = "cannot happen"

ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"band": {"S": "major"}}}},
        {"dynamodb": {"NewImage": {"status": {"S": ["cancelled"]}}}},
    ]
}
