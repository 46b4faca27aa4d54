"""An attribute is removed."""

from cdc_lab.classroom.cases import put, update

ANSWER = [put("UA1545", gate="B4"), update("UA1545", without=["gate"])]
