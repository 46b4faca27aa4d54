"""Wrong answers to drill_01_1: their form is in `tests/exercises/loading.py`."""

# %% a_float | it goes wrong | cannot happen
# A value that DynamoDB does not take.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1545", miles=199.5), put("UA1545", miles=199.5)]

# %% deleted | it goes wrong | a delete is a record
# A delete, taken for no record.
from cdc_lab.classroom.cases import delete, put


ANSWER = [put("UA1545", gate="B4"), delete("UA1545")]

# %% one_write_too_many | nothing to spare | longer than needed
# The same put three times.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1545", gate="B4")] * 3

# %% two_values | it goes wrong | each write changed something
# Two puts that differ.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1545", gate="B4"), put("UA1545", gate="B6")]

# %% upsert_counts_twice | it goes wrong | an upsert is one insert
# An upsert, taken for two records.
from cdc_lab.classroom.cases import update


ANSWER = [update("UA1545", gate="B4")]

# %% within_a_second | it goes wrong | seconds do not join records
# Two changes in one second, taken for one record.
from cdc_lab.classroom.cases import put, update


ANSWER = [put("UA1545", gate="B4"), update("UA1545", after=0, gate="B6")]

# %% deleted_and_back | it goes wrong | a delete is a record
# A flight that is deleted, and comes back as it was.
from cdc_lab.classroom.cases import delete, put


ANSWER = [put("UA1545", gate="B4"), delete("UA1545"), put("UA1545", gate="B4")]

# %% two_upserts | it goes wrong | an upsert is one insert
# Two flights that come into being by an update.
from cdc_lab.classroom.cases import update


ANSWER = [update("UA1545", gate="B4"), update("UA1546", gate="B4")]

# %% there_and_back | it goes wrong | each write changed something
# A gate that changes, and changes back.
from cdc_lab.classroom.cases import put, update


ANSWER = [put("UA1545", gate="B4"), update("UA1545", gate="B6"), update("UA1545", gate="B4")]

# %% three_at_once | it goes wrong | seconds do not join records
# Three puts in one second, each of another gate.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1545", gate="B4"), put("UA1545", after=0, gate="B5"), put("UA1545", after=0, gate="B6")]
