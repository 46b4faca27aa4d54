"""A second put of the same."""

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "one change, one look"

ANSWER = [put("UA1545", status="scheduled"), put("UA1545", after=0, status="scheduled")]
