"""Both images for an index that puts and deletes."""

SCENARIO = "a day"
MISCONCEPTION = "more than is needed"

ANSWER = {
    "search": "NEW_AND_OLD_IMAGES",
    "cache": "KEYS_ONLY",
    "archive": "OLD_IMAGE",
    "alert": "NEW_AND_OLD_IMAGES",
}
