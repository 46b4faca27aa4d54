"""Wrong answers to drill_04_4: their form is in `tests/exercises/loading.py`."""

# %% a_minute | two hours | a window too short
# As fresh as can be.
ANSWER = {"TumblingWindowInSeconds": 60, "row": "window and shard"}

# %% an_hour | two hours | cannot happen
# A window of an hour.
ANSWER = {"TumblingWindowInSeconds": 3600, "row": "window and shard"}

# %% no_window | two hours | no window, no state
# No window at all.
ANSWER = {"row": "window and shard"}

# %% quarter_hour | two hours | shown too late
# The longest window there is.
ANSWER = {"TumblingWindowInSeconds": 900, "row": "window and shard"}

# %% window_alone | two hours | one row for two shards
# A row for each window.
ANSWER = {"TumblingWindowInSeconds": 500, "row": "window"}


# %% five_minutes | two hours | a window too short
# Half of what may be waited.
ANSWER = {"TumblingWindowInSeconds": 300, "row": "window and shard"}


# %% a_row_by_shard | two hours | cannot happen
# A name that there is not.
ANSWER = {"TumblingWindowInSeconds": 500, "row": "shard"}


# %% nothing_but_zero | two hours | no window, no state
# A window of no length.
ANSWER = {"TumblingWindowInSeconds": 0, "row": "window"}


# %% twelve_minutes | two hours | shown too late
# Fewer writes.
ANSWER = {"TumblingWindowInSeconds": 720, "row": "window and shard"}


# %% ten_minutes_by_window | two hours | one row for two shards
# The longest that may be waited, a row a window.
ANSWER = {"TumblingWindowInSeconds": 600, "row": "window"}
