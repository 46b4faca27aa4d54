"""A value that changes."""

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "changed, not removed"

ANSWER = [put("UA1545", gate="B4"), put("UA1545", gate="B6")]
