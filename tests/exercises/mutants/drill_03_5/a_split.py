"""A shard that is split brings no record again."""

from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults

SCENARIO = "it goes wrong"
MISCONCEPTION = "nothing goes wrong"

ANSWER = Case([put("UA1545", origin="EWR")], Faults(splits=(1,)))
