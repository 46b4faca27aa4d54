"""Right answers to drill_03_4: their form is in `tests/exercises/loading.py`."""

# %% inserted_twice
# Deleted and put again in a second.
from cdc_lab.classroom.cases import delete, put

ANSWER = [put("UA1545", after=0), delete("UA1545", after=0), put("UA1545", after=0)]

# %% two_updates
# Two updates in a second.
from cdc_lab.classroom.cases import put, update

ANSWER = [
    put("UA1545", gate="B4"),
    update("UA1545", gate="B5"),
    update("UA1545", after=0, gate="B6"),
]
