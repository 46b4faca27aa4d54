"""A flight that comes back with less."""

from cdc_lab.classroom.cases import delete, put

SCENARIO = "it goes wrong"
MISCONCEPTION = "a delete is handled"

ANSWER = [put("UA1545", gate="B4", note="snow"), delete("UA1545"), put("UA1545", gate="B4")]
