"""Tenths whose sum comes out right."""

from decimal import Decimal

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "rounded to the same"

ANSWER = [put("UA1", fare=Decimal("0.1")), put("UA2", fare=Decimal("0.3"))]
