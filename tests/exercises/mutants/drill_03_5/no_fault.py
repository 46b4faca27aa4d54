"""No fault."""

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "nothing goes wrong"

ANSWER = [put("UA1545", origin="EWR")]
