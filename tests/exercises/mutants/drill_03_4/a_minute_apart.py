"""Three changes, a minute apart."""

from cdc_lab.classroom.cases import put, update

SCENARIO = "it goes wrong"
MISCONCEPTION = "another second"

ANSWER = [put("UA1545", gate="B4"), update("UA1545", gate="B5"), update("UA1545", gate="B6")]
