"""The new image of what is gone."""

SCENARIO = "a day"
MISCONCEPTION = "an image that is not there"

ANSWER = {
    "search": "NEW_IMAGE",
    "cache": "KEYS_ONLY",
    "archive": "NEW_IMAGE",
    "alert": "NEW_AND_OLD_IMAGES",
}
