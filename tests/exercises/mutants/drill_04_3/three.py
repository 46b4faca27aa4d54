"""One fare more than it takes."""

from decimal import Decimal

from cdc_lab.classroom.cases import put

SCENARIO = "nothing to spare"
MISCONCEPTION = "longer than needed"

ANSWER = [put("UA1", fare=Decimal("0.1")), put("UA2", fare=Decimal("0.2")), put("UA3", fare=Decimal("0.4"))]
