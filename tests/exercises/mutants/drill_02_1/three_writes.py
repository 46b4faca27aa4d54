"""One write more than it takes."""

from cdc_lab.classroom.cases import put, update

SCENARIO = "nothing to spare"
MISCONCEPTION = "longer than needed"

ANSWER = [
    put("UA1545", gate="B4"),
    update("UA1545", note="snow"),
    update("UA1545", without=["note"]),
    put("UA1545", status="landed"),
]
