"""Right answers to drill_04_3: their form is in `tests/exercises/loading.py`."""

# %% cents
# Cents.
from decimal import Decimal

from cdc_lab.classroom.cases import put

ANSWER = [put("UA1", fare=Decimal("1.1")), put("UA2", fare=Decimal("2.2"))]

# %% seventeen_digits
# A fare with more digits than a float holds.
from decimal import Decimal

from cdc_lab.classroom.cases import put

ANSWER = [put("UA1", fare=Decimal("1234567.12345678901"))]
