"""A view type that is none."""

SCENARIO = "a day"
MISCONCEPTION = "cannot happen"

ANSWER = {
    "search": "NEW_IMAGE",
    "cache": "KEY_ONLY",
    "archive": "OLD_IMAGE",
    "alert": "NEW_AND_OLD_IMAGES",
}
