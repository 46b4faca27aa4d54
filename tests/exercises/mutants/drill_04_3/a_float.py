"""A float handed to boto3."""

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "cannot happen"

ANSWER = [put("UA1", fare=0.1), put("UA2", fare=0.2)]
