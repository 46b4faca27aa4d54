"""Two flights with different attributes."""

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "nothing to merge into"

ANSWER = [put("UA1545", gate="B4"), put("UA1546", note="snow")]
