"""A value that DynamoDB does not take."""

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "cannot happen"

ANSWER = [put("UA1545", miles=199.5), put("UA1545", miles=199.5)]
