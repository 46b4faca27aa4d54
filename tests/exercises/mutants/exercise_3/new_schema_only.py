"""Takes every event for one of the present schema."""

SCENARIO = "fold, old schemas"
MISCONCEPTION = "old events read as new"


def fold(events):
    state = {"announced": 0}
    for event in events:
        state |= {**event["data"], "status": event["type"]}
        state["announced"] += event["type"] == "delayed"
    return state
