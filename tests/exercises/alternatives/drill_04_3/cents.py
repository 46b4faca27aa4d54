"""Cents."""

from decimal import Decimal

from cdc_lab.classroom.cases import put

ANSWER = [put("UA1", fare=Decimal("1.1")), put("UA2", fare=Decimal("2.2"))]
