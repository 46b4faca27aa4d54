"""Fractions that are binary."""

from decimal import Decimal

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "halves are exact"

ANSWER = [put("UA1", fare=Decimal("0.25")), put("UA2", fare=Decimal("99.5"))]
