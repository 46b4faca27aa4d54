"""A record that nobody can read."""

from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults

SCENARIO = "it is to blame"
MISCONCEPTION = "no handler's fault"

ANSWER = Case([put("UA1545", origin="EWR")], Faults(poison=1.0))
