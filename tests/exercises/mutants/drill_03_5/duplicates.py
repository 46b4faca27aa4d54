"""Batches that come twice."""

from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults

SCENARIO = "it goes wrong"
MISCONCEPTION = "a second delivery is recognized"

ANSWER = Case([put("UA1545", origin="EWR")], Faults(duplicates=0.9))
