"""A crash after the marks."""

from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults

SCENARIO = "it goes wrong"
MISCONCEPTION = "died where it does no harm"

ANSWER = Case([put("UA1545", origin="EWR")], Faults(crash_after="dynamodb.BatchWriteItem"))
