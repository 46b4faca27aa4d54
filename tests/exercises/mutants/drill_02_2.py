"""Wrong answers to drill_02_2: their form is in `tests/exercises/loading.py`."""

# %% both_to_all | a day | more than is needed
# Both images for everyone.
ANSWER = {
    "search": "NEW_AND_OLD_IMAGES",
    "cache": "NEW_AND_OLD_IMAGES",
    "archive": "NEW_AND_OLD_IMAGES",
    "alert": "NEW_AND_OLD_IMAGES",
}

# %% both_to_search | a day | more than is needed
# Both images for an index that puts and deletes.
ANSWER = {
    "search": "NEW_AND_OLD_IMAGES",
    "cache": "KEYS_ONLY",
    "archive": "OLD_IMAGE",
    "alert": "NEW_AND_OLD_IMAGES",
}

# %% keys_to_all | a day | an image that is not there
# The key alone for everyone.
ANSWER = {
    "search": "KEYS_ONLY",
    "cache": "KEYS_ONLY",
    "archive": "KEYS_ONLY",
    "alert": "KEYS_ONLY",
}

# %% misspelt | a day | cannot happen
# A view type that is none.
ANSWER = {
    "search": "NEW_IMAGE",
    "cache": "KEY_ONLY",
    "archive": "OLD_IMAGE",
    "alert": "NEW_AND_OLD_IMAGES",
}

# %% new_to_alert | a day | an image that is not there
# The new image where two sides are compared.
ANSWER = {
    "search": "NEW_IMAGE",
    "cache": "KEYS_ONLY",
    "archive": "OLD_IMAGE",
    "alert": "NEW_IMAGE",
}

# %% new_to_archive | a day | an image that is not there
# The new image of what is gone.
ANSWER = {
    "search": "NEW_IMAGE",
    "cache": "KEYS_ONLY",
    "archive": "NEW_IMAGE",
    "alert": "NEW_AND_OLD_IMAGES",
}

# %% new_to_cache | a day | more than is needed
# The new image for a cache that throws out by key.
ANSWER = {
    "search": "NEW_IMAGE",
    "cache": "NEW_IMAGE",
    "archive": "OLD_IMAGE",
    "alert": "NEW_AND_OLD_IMAGES",
}
