"""Cut by the timeout when the marks are written."""

from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults

SCENARIO = "it goes wrong"
MISCONCEPTION = "slow where it does no harm"

ANSWER = Case([put("UA1545", origin="EWR")], Faults(slow={"dynamodb.BatchWriteItem": 5}))
