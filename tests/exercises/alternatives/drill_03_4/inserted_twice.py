"""Deleted and put again in a second."""

from cdc_lab.classroom.cases import delete, put

ANSWER = [put("UA1545", after=0), delete("UA1545", after=0), put("UA1545", after=0)]
