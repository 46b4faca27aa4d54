"""A delete of what is not there."""

from cdc_lab.classroom.cases import delete

ANSWER = [delete("UA1545")]
