"""A delete, which the handler knows."""

from cdc_lab.classroom.cases import delete, put

SCENARIO = "it goes wrong"
MISCONCEPTION = "a delete is handled"

ANSWER = [put("UA1545", gate="B4"), delete("UA1545")]
