"""A delete, taken for no record."""

from cdc_lab.classroom.cases import delete, put

SCENARIO = "it goes wrong"
MISCONCEPTION = "a delete is a record"

ANSWER = [put("UA1545", gate="B4"), delete("UA1545")]
