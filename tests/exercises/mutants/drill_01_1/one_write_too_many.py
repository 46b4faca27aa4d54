"""The same put three times."""

from cdc_lab.classroom.cases import put

SCENARIO = "nothing to spare"
MISCONCEPTION = "longer than needed"

ANSWER = [put("UA1545", gate="B4")] * 3
