"""The same put twice."""

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "no change, no record"

ANSWER = [put("UA1545", gate="B4"), put("UA1545", after=0, gate="B4")]
