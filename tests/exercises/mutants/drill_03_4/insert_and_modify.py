"""An INSERT and a MODIFY at once."""

from cdc_lab.classroom.cases import put, update

SCENARIO = "it goes wrong"
MISCONCEPTION = "another event name"

ANSWER = [put("UA1545", gate="B4"), update("UA1545", after=0, gate="B5")]
