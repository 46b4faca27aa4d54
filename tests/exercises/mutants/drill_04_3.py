"""Wrong answers to drill_04_3: their form is in `tests/exercises/loading.py`."""

# %% a_float | it goes wrong | cannot happen
# A float handed to boto3.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1", fare=0.1), put("UA2", fare=0.2)]

# %% lucky | it goes wrong | rounded to the same
# Tenths whose sum comes out right.
from decimal import Decimal

from cdc_lab.classroom.cases import put


ANSWER = [put("UA1", fare=Decimal("0.1")), put("UA2", fare=Decimal("0.3"))]

# %% quarters | it goes wrong | halves are exact
# Fractions that are binary.
from decimal import Decimal

from cdc_lab.classroom.cases import put


ANSWER = [put("UA1", fare=Decimal("0.25")), put("UA2", fare=Decimal("99.5"))]

# %% single | it goes wrong | one value is no sum
# One fare of tenths.
from decimal import Decimal

from cdc_lab.classroom.cases import put


ANSWER = [put("UA1", fare=Decimal("0.1"))]

# %% three | nothing to spare | longer than needed
# One fare more than it takes.
from decimal import Decimal

from cdc_lab.classroom.cases import put


ANSWER = [put("UA1", fare=Decimal("0.1")), put("UA2", fare=Decimal("0.2")), put("UA3", fare=Decimal("0.4"))]

# %% whole_numbers | it goes wrong | whole numbers are exact
# Large numbers, all of them whole.
from decimal import Decimal

from cdc_lab.classroom.cases import put


ANSWER = [put("UA1", fare=Decimal("9999")), put("UA2", fare=Decimal("123456789"))]
