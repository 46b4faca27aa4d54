"""An attribute that is added."""

from cdc_lab.classroom.cases import put, update

SCENARIO = "it goes wrong"
MISCONCEPTION = "changed, not removed"

ANSWER = [put("UA1545", gate="B4"), update("UA1545", note="snow")]
