"""Answers that are lost."""

from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults

SCENARIO = "it goes wrong"
MISCONCEPTION = "a second delivery is recognized"

ANSWER = Case([put("UA1545", origin="EWR")], Faults(lost_acks=0.9))
