"""Two flights at once."""

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "another flight"

ANSWER = [put("UA1545", gate="B4"), put("UA1546", after=0, gate="B4")]
