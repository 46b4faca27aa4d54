"""The new image where two sides are compared."""

SCENARIO = "a day"
MISCONCEPTION = "an image that is not there"

ANSWER = {
    "search": "NEW_IMAGE",
    "cache": "KEYS_ONLY",
    "archive": "OLD_IMAGE",
    "alert": "NEW_IMAGE",
}
