"""Right answers to drill_03_5: their form is in `tests/exercises/loading.py`."""

# %% by_name
# A crash after the update.
from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults

ANSWER = Case([put("UA1545", origin="EWR")], Faults(crash_after="dynamodb.UpdateItem"))

# %% second_step
# A crash after the second call.
from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults

ANSWER = Case([put("UA1545", origin="EWR")], Faults(crash_after=2))
