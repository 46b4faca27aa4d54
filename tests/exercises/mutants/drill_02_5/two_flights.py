"""Two flights at once."""

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "not the same flight"

ANSWER = [put("UA1545", status="scheduled"), put("UA1546", after=0, status="delayed")]
