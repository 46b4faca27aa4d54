"""Both images for everyone."""

SCENARIO = "a day"
MISCONCEPTION = "more than is needed"

ANSWER = {
    "search": "NEW_AND_OLD_IMAGES",
    "cache": "NEW_AND_OLD_IMAGES",
    "archive": "NEW_AND_OLD_IMAGES",
    "alert": "NEW_AND_OLD_IMAGES",
}
