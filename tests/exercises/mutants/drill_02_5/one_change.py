"""One change."""

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "one change, one look"

ANSWER = [put("UA1545", status="scheduled")]
