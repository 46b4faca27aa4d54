"""Upcasts by one schema: what was two behind is still one behind."""

SCENARIO = "fold, old schemas"
MISCONCEPTION = "old events read as new"


def upcast(event):
    data = dict(event["data"])
    schema = event.get("schema", 1)
    if schema == 1:
        return {**event, "schema": 2, "at": str(event["at"])}
    if schema == 2 and "delay" in data:
        data["dep_delay"] = data.pop("delay")
    return {**event, "schema": 3, "data": data}


def fold(events):
    state = {"announced": 0}
    for event in map(upcast, events):
        state |= {**event["data"], "status": event["type"]}
        state["announced"] += event["type"] == "delayed"
    return state
