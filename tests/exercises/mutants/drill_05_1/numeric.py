"""A number, compared as one."""

SCENARIO = "a storm"
MISCONCEPTION = "numbers are text"

ANSWER = {
    "patterns": [
        {"dynamodb": {"NewImage": {"dep_delay": {"N": [{"numeric": [">=", 60]}]}}}},
        {"dynamodb": {"NewImage": {"status": {"S": ["cancelled"]}}}},
    ]
}
