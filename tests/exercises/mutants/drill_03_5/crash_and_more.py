"""A crash, and duplicates that have no part in it."""

from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults

SCENARIO = "nothing to spare"
MISCONCEPTION = "longer than needed"

ANSWER = Case([put("UA1545", origin="EWR")], Faults(crash_after=2, duplicates=0.5))
