"""Right answers to drill_02_2: their form is in `tests/exercises/loading.py`."""

# %% smallest
# Each the smallest.
ANSWER = {
    "alert": "NEW_AND_OLD_IMAGES",
    "archive": "OLD_IMAGE",
    "cache": "KEYS_ONLY",
    "search": "NEW_IMAGE",
}
