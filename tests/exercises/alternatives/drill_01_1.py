"""Right answers to drill_01_1: their form is in `tests/exercises/loading.py`."""

# %% delete_of_nothing
# A delete of what is not there.
from cdc_lab.classroom.cases import delete

ANSWER = [delete("UA1545")]

# %% same_put
# The same put twice.
from cdc_lab.classroom.cases import put

ANSWER = [put("UA1545", gate="B4"), put("UA1545", gate="B4")]

# %% update_to_the_same
# An update to the value that is there.
from cdc_lab.classroom.cases import put, update

ANSWER = [put("UA1545", gate="B4"), update("UA1545", gate="B4")]
