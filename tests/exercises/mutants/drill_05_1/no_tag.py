"""The attribute without its type."""

SCENARIO = "a storm"
MISCONCEPTION = "the type tag left out"

ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"band": ["major"]}}},
        {"dynamodb": {"NewImage": {"status": ["cancelled"]}}},
    ]
}
