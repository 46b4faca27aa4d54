"""The new image for a cache that throws out by key."""

SCENARIO = "a day"
MISCONCEPTION = "more than is needed"

ANSWER = {
    "search": "NEW_IMAGE",
    "cache": "NEW_IMAGE",
    "archive": "OLD_IMAGE",
    "alert": "NEW_AND_OLD_IMAGES",
}
