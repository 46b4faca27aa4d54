"""Two changes within the window."""

from cdc_lab.classroom.cases import put, update

ANSWER = [put("UA1545", status="scheduled"), update("UA1545", after=5, status="delayed")]
