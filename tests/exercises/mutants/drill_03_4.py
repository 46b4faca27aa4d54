"""Wrong answers to drill_03_4: their form is in `tests/exercises/loading.py`."""

# %% a_minute_apart | it goes wrong | another second
# Three changes, a minute apart.
from cdc_lab.classroom.cases import put, update


ANSWER = [put("UA1545", gate="B4"), update("UA1545", gate="B5"), update("UA1545", gate="B6")]

# %% four_changes | nothing to spare | longer than needed
# One change more than it takes.
from cdc_lab.classroom.cases import put, update


ANSWER = [put("UA1545", gate="B4"), *(update("UA1545", after=0, gate=f"C{n}") for n in range(3))]

# %% insert_and_modify | it goes wrong | another event name
# An INSERT and a MODIFY at once.
from cdc_lab.classroom.cases import put, update


ANSWER = [put("UA1545", gate="B4"), update("UA1545", after=0, gate="B5")]

# %% the_same_twice | it goes wrong | no change, no record
# The same put twice.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1545", gate="B4"), put("UA1545", after=0, gate="B4")]

# %% two_flights | it goes wrong | another flight
# Two flights at once.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1545", gate="B4"), put("UA1546", after=0, gate="B4")]
