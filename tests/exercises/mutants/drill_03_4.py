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

# %% three_inserts | it goes wrong | another flight
# Three flights at once.
from cdc_lab.classroom.cases import put


ANSWER = [put(f"UA154{n}", after=0, gate="B4") for n in range(3)]

# %% put_and_delete | it goes wrong | another event name
# A flight that comes and goes within a second.
from cdc_lab.classroom.cases import delete, put


ANSWER = [put("UA1545", gate="B4"), delete("UA1545", after=0)]

# %% two_changes_an_hour_apart | it goes wrong | another second
# Two changes of one gate, an hour apart.
from cdc_lab.classroom.cases import put, update


ANSWER = [put("UA1545", gate="B4"), update("UA1545", gate="B5"), update("UA1545", after=3600, gate="B6")]

# %% an_update_of_nothing | it goes wrong | no change, no record
# An update that sets what is there.
from cdc_lab.classroom.cases import put, update


ANSWER = [put("UA1545", gate="B4"), update("UA1545", after=0, gate="B4")]
