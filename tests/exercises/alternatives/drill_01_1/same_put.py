"""The same put twice."""

from cdc_lab.classroom.cases import put

ANSWER = [put("UA1545", gate="B4"), put("UA1545", gate="B4")]
