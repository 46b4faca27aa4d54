"""An attribute is removed that was not there."""

from cdc_lab.classroom.cases import put, update

SCENARIO = "it goes wrong"
MISCONCEPTION = "no change, no record"

ANSWER = [put("UA1545", gate="B4"), update("UA1545", without=["dest"])]
