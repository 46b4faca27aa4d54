"""Right answers to drill_09_1: their form is in `tests/exercises/loading.py`."""

# %% one_history
# All in one history, compared as a whole.
ANSWER = test_board


# %% against_the_table
# The truth is computed from the table itself.
def ANSWER(lab, handler, faults):
    board = board_after(lab, handler, [*NEW, *LATER, *BACK, *DELETED], faults)
    flights = lab.resource("dynamodb").Table("flights").scan()["Items"]
    for airport in ("EWR", "JFK"):
        truth = sum(one["origin"] == airport and one["status"] == "cancelled" for one in flights)
        assert int(board.get(airport, {}).get("cancelled", 0)) == truth


# %% single_writes
# Its own harness: plain boto3, one record in a batch, asserts as exceptions.
def ANSWER(lab, handler, faults):
    dynamodb = lab.resource("dynamodb")
    lab.create_table("board", "origin", stream_view_type=None)
    lab.create_table("seen", "event_id", stream_view_type=None)
    flights = lab.create_table("flights", "flight_id")

    def to(status):
        return lambda table: table.put_item(Item={"flight_id": "B61", "origin": "LGA", "status": status})

    def jfk(name, gate="A1"):
        return {"flight_id": name, "origin": "JFK", "status": "cancelled", "gate": gate}

    changes = [to("cancelled"), to("scheduled"), to("cancelled"), jfk("AA1"), jfk("AA1", "A2"), jfk("AA2")]
    changes.append(lambda table: table.delete_item(Key={"flight_id": "AA2"}))
    changes.append(lambda table: table.put_item(Item={**jfk("AA3"), "origin": "EWR"}))
    changes.append(lambda table: table.put_item(Item={**jfk("AA3"), "origin": "LGA"}))
    changes.append(to("scheduled"))
    run_handler(lab, handler, flights, changes, faults=faults, BatchSize=1)
    for airport in ("LGA", "JFK"):
        found = dynamodb.Table("board").get_item(Key={"origin": airport})["Item"]["cancelled"]
        if found != 1:
            raise ValueError(f"{airport}: {found}")
