"""Right answers to drill_05_1: their form is in `tests/exercises/loading.py`."""

# %% by_event
# By the event's name, too.
NEW = ["INSERT", "MODIFY"]

ANSWER = {
    "patterns": [
        {"eventName": NEW, "dynamodb": {"NewImage": {"band": {"S": [{"prefix": "maj"}]}}}},
        {"eventName": NEW, "dynamodb": {"NewImage": {"status": {"S": ["cancelled"]}}}},
    ]
}

# %% one_or
# One pattern, with an $or in it.
ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"$or": [{"band": {"S": ["major"]}}, {"status": {"S": ["cancelled"]}}]}}},
    ]
}
