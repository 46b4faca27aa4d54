"""The whole item instead of what changed."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "plain day"
MISCONCEPTION = "whole image"


def both(record):
    old, new = record.old_image or {}, record.new_image or {}
    return {
        name: {side: image[name] for side, image in (("old", old), ("new", new)) if name in image}
        for name in {*old, *new}
    }


def write(record):
    audit.put_item(Item=row(record) | {"changes": both(record)})


handler = handler_that(write)
