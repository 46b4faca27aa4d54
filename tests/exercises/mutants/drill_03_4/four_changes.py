"""One change more than it takes."""

from cdc_lab.classroom.cases import put, update

SCENARIO = "nothing to spare"
MISCONCEPTION = "longer than needed"

ANSWER = [put("UA1545", gate="B4"), *(update("UA1545", after=0, gate=f"C{n}") for n in range(3))]
