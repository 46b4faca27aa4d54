"""Three changes, of which two are enough."""

from cdc_lab.classroom.cases import put, update

SCENARIO = "nothing to spare"
MISCONCEPTION = "longer than needed"

ANSWER = [
    put("UA1545", status="scheduled"),
    update("UA1545", after=5, status="delayed"),
    update("UA1545", after=5, status="departed"),
]
