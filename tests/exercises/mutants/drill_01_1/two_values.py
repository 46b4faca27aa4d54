"""Two puts that differ."""

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "each write changed something"

ANSWER = [put("UA1545", gate="B4"), put("UA1545", gate="B6")]
