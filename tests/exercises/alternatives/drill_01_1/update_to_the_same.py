"""An update to the value that is there."""

from cdc_lab.classroom.cases import put, update

ANSWER = [put("UA1545", gate="B4"), update("UA1545", gate="B4")]
