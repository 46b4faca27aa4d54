"""What both functions use."""


def key_of(record):
    """Return the order's id."""
    return record["dynamodb"]["Keys"]["order_id"]["S"]
