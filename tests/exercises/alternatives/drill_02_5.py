"""Right answers to drill_02_5: their form is in `tests/exercises/loading.py`."""

# %% gone
# A flight that is gone when the function looks.
from cdc_lab.classroom.cases import delete, put

ANSWER = [put("UA1545", status="scheduled"), delete("UA1545", after=2)]

# %% two_within
# Two changes within the window.
from cdc_lab.classroom.cases import put, update

ANSWER = [put("UA1545", status="scheduled"), update("UA1545", after=5, status="delayed")]
