"""A flight that is gone when the function looks."""

from cdc_lab.classroom.cases import delete, put

ANSWER = [put("UA1545", status="scheduled"), delete("UA1545", after=2)]
