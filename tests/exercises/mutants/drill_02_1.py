"""Wrong answers to drill_02_1: their form is in `tests/exercises/loading.py`."""

# %% added | it goes wrong | changed, not removed
# An attribute that is added.
from cdc_lab.classroom.cases import put, update


ANSWER = [put("UA1545", gate="B4"), update("UA1545", note="snow")]

# %% changed | it goes wrong | changed, not removed
# A value that changes.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1545", gate="B4"), put("UA1545", gate="B6")]

# %% deleted | it goes wrong | a delete is handled
# A delete, which the handler knows.
from cdc_lab.classroom.cases import delete, put


ANSWER = [put("UA1545", gate="B4"), delete("UA1545")]

# %% deleted_and_put | it goes wrong | a delete is handled
# A flight that comes back with less.
from cdc_lab.classroom.cases import delete, put


ANSWER = [put("UA1545", gate="B4", note="snow"), delete("UA1545"), put("UA1545", gate="B4")]

# %% three_writes | nothing to spare | longer than needed
# One write more than it takes.
from cdc_lab.classroom.cases import put, update


ANSWER = [
    put("UA1545", gate="B4"),
    update("UA1545", note="snow"),
    update("UA1545", without=["note"]),
    put("UA1545", status="landed"),
]

# %% two_flights | it goes wrong | nothing to merge into
# Two flights with different attributes.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1545", gate="B4"), put("UA1546", note="snow")]

# %% what_is_not_there | it goes wrong | no change, no record
# An attribute is removed that was not there.
from cdc_lab.classroom.cases import put, update


ANSWER = [put("UA1545", gate="B4"), update("UA1545", without=["dest"])]

# %% the_same_put_again | it goes wrong | no change, no record
# The same item is put again.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1545", gate="B4"), put("UA1545", gate="B4")]

# %% one_put | it goes wrong | nothing to merge into
# One flight, written once.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1545", gate="B4", note="snow")]
