"""One fare of tenths."""

from decimal import Decimal

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "one value is no sum"

ANSWER = [put("UA1", fare=Decimal("0.1"))]
