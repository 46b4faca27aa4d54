"""Wrong answers to drill_05_1: their form is in `tests/exercises/loading.py`."""

# %% all_delayed | a storm | more than asked for
# Every flight that is delayed.
ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"status": {"S": ["delayed", "cancelled"]}}}},
        {"dynamodb": {"NewImage": {"band": {"S": ["major"]}}}},
    ]
}

# %% either_image | a storm | the old image
# What the flight was, too.
ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"band": {"S": ["major"]}}}},
        {"dynamodb": {"OldImage": {"band": {"S": ["major"]}}}},
        {"dynamodb": {"NewImage": {"status": {"S": ["cancelled"]}}}},
    ]
}

# %% modified_only | a storm | left out
# Changes of flights that are there already.
ANSWER = {
    "patterns": [
        {"eventName": ["MODIFY"], "dynamodb": {"NewImage": {"band": {"S": ["major"]}}}},
        {"dynamodb": {"NewImage": {"status": {"S": ["cancelled"]}}}},
    ]
}

# %% no_list | a storm | cannot happen
# A leaf that is no list.
ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"band": {"S": "major"}}}},
        {"dynamodb": {"NewImage": {"status": {"S": ["cancelled"]}}}},
    ]
}

# %% no_tag | a storm | the type tag left out
# The attribute without its type.
ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"band": ["major"]}}},
        {"dynamodb": {"NewImage": {"status": ["cancelled"]}}},
    ]
}

# %% numeric | a storm | numbers are text
# A number, compared as one.
ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"dep_delay": {"N": [{"numeric": [">=", 60]}]}}}},
        {"dynamodb": {"NewImage": {"status": {"S": ["cancelled"]}}}},
    ]
}

# %% one_pattern | a storm | one pattern is an and
# Both conditions in one pattern.
ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"band": {"S": ["major"]}, "status": {"S": ["cancelled"]}}}},
    ]
}


# %% every_new_flight | a storm | more than asked for
# New flights, in case they are late.
ANSWER = {
    "patterns": [
        {"eventName": ["INSERT"]},
        {"dynamodb": {"NewImage": {"band": {"S": ["major"]}}}},
        {"dynamodb": {"NewImage": {"status": {"S": ["cancelled"]}}}},
    ]
}


# %% cancelled_before_or_after | a storm | the old image
# Cancelled flights, also those that fly again.
ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"band": {"S": ["major"]}}}},
        {"dynamodb": {"NewImage": {"status": {"S": ["cancelled"]}}}},
        {"dynamodb": {"OldImage": {"status": {"S": ["cancelled"]}}}},
    ]
}


# %% no_cancellations | a storm | left out
# The late flights alone.
ANSWER = {"patterns": [{"dynamodb": {"NewImage": {"band": {"S": ["major"]}}}}]}


# %% a_pattern_as_text | a storm | cannot happen
# Patterns that are JSON already.
import json

ANSWER = {"patterns": [json.dumps({"dynamodb": {"NewImage": {"band": {"S": ["major"]}}}})]}


# %% status_without_tag | a storm | the type tag left out
# A tag for the band alone.
ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"band": {"S": ["major"]}}}},
        {"dynamodb": {"NewImage": {"status": ["cancelled"]}}},
    ]
}


# %% numeric_without_tag | a storm | numbers are text
# A comparison in the place of the tag.
ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"dep_delay": {"N": [{"numeric": [">", 59]}]}}}},
        {"dynamodb": {"NewImage": {"status": {"S": ["cancelled"]}}}},
    ]
}


# %% both_in_either | a storm | one pattern is an and
# Both fields, with every value that is wanted.
ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"band": {"S": ["major"]}, "status": {"S": ["delayed", "cancelled"]}}}}
    ]
}
