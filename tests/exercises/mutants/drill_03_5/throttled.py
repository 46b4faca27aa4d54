"""Invocations that are refused."""

from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults

SCENARIO = "it goes wrong"
MISCONCEPTION = "never begun"

ANSWER = Case([put("UA1545", origin="EWR")], Faults(throttles=0.5))
