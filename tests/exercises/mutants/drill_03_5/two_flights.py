"""Two flights, of which one is enough."""

from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults

SCENARIO = "nothing to spare"
MISCONCEPTION = "longer than needed"

ANSWER = Case([put("UA1545", origin="EWR"), put("UA1546", origin="JFK")], Faults(crash_after=3))
