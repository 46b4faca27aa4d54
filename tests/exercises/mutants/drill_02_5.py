"""Wrong answers to drill_02_5: their form is in `tests/exercises/loading.py`."""

# %% a_minute_apart | it goes wrong | looked before it changed again
# Two changes, a minute apart.
from cdc_lab.classroom.cases import put, update


ANSWER = [put("UA1545", status="scheduled"), update("UA1545", status="delayed")]

# %% another_attribute | it goes wrong | the same status still
# A second change in time, of something else.
from cdc_lab.classroom.cases import put, update


ANSWER = [put("UA1545", status="scheduled"), update("UA1545", after=5, gate="B4")]

# %% one_change | it goes wrong | one change, one look
# One change.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1545", status="scheduled")]

# %% the_same_status | it goes wrong | one change, one look
# A second put of the same.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1545", status="scheduled"), put("UA1545", after=0, status="scheduled")]

# %% three_changes | nothing to spare | longer than needed
# Three changes, of which two are enough.
from cdc_lab.classroom.cases import put, update


ANSWER = [
    put("UA1545", status="scheduled"),
    update("UA1545", after=5, status="delayed"),
    update("UA1545", after=5, status="departed"),
]

# %% two_flights | it goes wrong | not the same flight
# Two flights at once.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1545", status="scheduled"), put("UA1546", after=0, status="delayed")]

# %% an_hour_apart | it goes wrong | looked before it changed again
# Three changes, an hour apart.
from cdc_lab.classroom.cases import put, update


ANSWER = [
    put("UA1545", status="scheduled"),
    update("UA1545", after=3600, status="delayed"),
    update("UA1545", after=3600, status="departed"),
]

# %% the_gate_twice | it goes wrong | the same status still
# Two changes of the gate at once.
from cdc_lab.classroom.cases import put, update


ANSWER = [
    put("UA1545", status="scheduled"),
    update("UA1545", after=0, gate="B4"),
    update("UA1545", after=0, gate="B5"),
]

# %% three_flights | it goes wrong | not the same flight
# Three flights within a second.
from cdc_lab.classroom.cases import put


ANSWER = [put(f"UA154{n}", after=0, status="scheduled") for n in range(3)]
