"""Two updates in a second."""

from cdc_lab.classroom.cases import put, update

ANSWER = [
    put("UA1545", gate="B4"),
    update("UA1545", gate="B5"),
    update("UA1545", after=0, gate="B6"),
]
