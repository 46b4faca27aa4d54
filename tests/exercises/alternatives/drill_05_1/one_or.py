"""One pattern, with an $or in it."""

ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"$or": [{"band": {"S": ["major"]}}, {"status": {"S": ["cancelled"]}}]}}},
    ]
}
