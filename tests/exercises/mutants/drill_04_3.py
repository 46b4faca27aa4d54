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


# %% an_int_and_a_float | it goes wrong | cannot happen
# A sum of floats, made before.
from cdc_lab.classroom.cases import put

ANSWER = [put("UA1", fare=0.1 + 0.2), put("UA2", fare=1)]


# %% lucky_three | it goes wrong | rounded to the same
# Three tenths whose sum is rounded to the right one.
from decimal import Decimal

from cdc_lab.classroom.cases import put

ANSWER = [put("UA1", fare=Decimal("0.5")), put("UA2", fare=Decimal("0.1"))]


# %% halves | it goes wrong | halves are exact
# Half dollars.
from decimal import Decimal

from cdc_lab.classroom.cases import put

ANSWER = [put("UA1", fare=Decimal("0.5")), put("UA2", fare=Decimal("0.125")), put("UA3", fare=Decimal("7.5"))]


# %% single_large | it goes wrong | one value is no sum
# One fare of many digits.
from decimal import Decimal

from cdc_lab.classroom.cases import put

ANSWER = [put("UA1", fare=Decimal("12345.67"))]


# %% a_pair_and_a_third | nothing to spare | longer than needed
# The pair, and a third fare; the sum goes wrong in any order.
from decimal import Decimal

from cdc_lab.classroom.cases import put

ANSWER = [put("UA1", fare=Decimal("0.1")), put("UA2", fare=Decimal("0.2")), put("UA3", fare=Decimal("1.1"))]


# %% many_whole_ones | it goes wrong | whole numbers are exact
# A dozen whole fares.
from decimal import Decimal

from cdc_lab.classroom.cases import put

ANSWER = [put(f"UA{n}", fare=Decimal(100 + n)) for n in range(12)]
