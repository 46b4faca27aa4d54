"""Right answers to drill_04_4: their form is in `tests/exercises/loading.py`."""

# %% window_460
# A window of 460 seconds.
ANSWER = {"TumblingWindowInSeconds": 460, "row": "window and shard"}

# %% window_600
# A window of 600 seconds.
ANSWER = {"TumblingWindowInSeconds": 600, "row": "window and shard"}
