"""Right answers to drill_01_2: their form is in `tests/exercises/loading.py`."""

# %% much_longer
# The newer is much longer.
ANSWER = ["4" + "0" * 22, "3" + "9" * 39]

# %% nines
# As 9 and 10.
ANSWER = ("9" * 21, "1" + "0" * 21)
