"""Right answers to drill_02_1: their form is in `tests/exercises/loading.py`."""

# %% left_out
# A put leaves an attribute out.
from cdc_lab.classroom.cases import put

ANSWER = [put("UA1545", gate="B4"), put("UA1545")]

# %% removed
# An attribute is removed.
from cdc_lab.classroom.cases import put, update

ANSWER = [put("UA1545", gate="B4"), update("UA1545", without=["gate"])]
