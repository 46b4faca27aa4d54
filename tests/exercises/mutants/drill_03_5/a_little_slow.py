"""Slow, and in time."""

from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults

SCENARIO = "it goes wrong"
MISCONCEPTION = "slow where it does no harm"

ANSWER = Case([put("UA1545", origin="EWR")], Faults(slow={"dynamodb": 0.1}))
