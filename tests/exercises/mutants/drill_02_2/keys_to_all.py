"""The key alone for everyone."""

SCENARIO = "a day"
MISCONCEPTION = "an image that is not there"

ANSWER = {
    "search": "KEYS_ONLY",
    "cache": "KEYS_ONLY",
    "archive": "KEYS_ONLY",
    "alert": "KEYS_ONLY",
}
