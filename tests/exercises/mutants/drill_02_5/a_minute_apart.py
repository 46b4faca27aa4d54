"""Two changes, a minute apart."""

from cdc_lab.classroom.cases import put, update

SCENARIO = "it goes wrong"
MISCONCEPTION = "looked before it changed again"

ANSWER = [put("UA1545", status="scheduled"), update("UA1545", status="delayed")]
