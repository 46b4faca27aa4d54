"""A crash after the update."""

from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults

ANSWER = Case([put("UA1545", origin="EWR")], Faults(crash_after="dynamodb.UpdateItem"))
