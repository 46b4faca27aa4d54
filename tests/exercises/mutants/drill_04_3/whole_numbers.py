"""Large numbers, all of them whole."""

from decimal import Decimal

from cdc_lab.classroom.cases import put

SCENARIO = "it goes wrong"
MISCONCEPTION = "whole numbers are exact"

ANSWER = [put("UA1", fare=Decimal("9999")), put("UA2", fare=Decimal("123456789"))]
