"""Two changes in one second, taken for one record."""

from cdc_lab.classroom.cases import put, update

SCENARIO = "it goes wrong"
MISCONCEPTION = "seconds do not join records"

ANSWER = [put("UA1545", gate="B4"), update("UA1545", after=0, gate="B6")]
