"""A fare with more digits than a float holds."""

from decimal import Decimal

from cdc_lab.classroom.cases import put

ANSWER = [put("UA1", fare=Decimal("1234567.12345678901"))]
