"""Wrong answers to drill_03_5: their form is in `tests/exercises/loading.py`."""

# %% a_little_slow | it goes wrong | slow where it does no harm
# Slow, and in time.
from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults


ANSWER = Case([put("UA1545", origin="EWR")], Faults(slow={"dynamodb": 0.1}))

# %% a_split | it goes wrong | nothing goes wrong
# A shard that is split brings no record again.
from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults


ANSWER = Case([put("UA1545", origin="EWR")], Faults(splits=(1,)))

# %% after_the_marks | it goes wrong | died where it does no harm
# A crash after the marks.
from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults


ANSWER = Case([put("UA1545", origin="EWR")], Faults(crash_after="dynamodb.BatchWriteItem"))

# %% after_the_read | it goes wrong | died where it does no harm
# A crash after the first call, which reads.
from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults


ANSWER = Case([put("UA1545", origin="EWR")], Faults(crash_after=1))

# %% crash_and_more | nothing to spare | longer than needed
# A crash, and duplicates that have no part in it.
from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults


ANSWER = Case([put("UA1545", origin="EWR")], Faults(crash_after=2, duplicates=0.5))

# %% duplicates | it goes wrong | a second delivery is recognized
# Batches that come twice.
from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults


ANSWER = Case([put("UA1545", origin="EWR")], Faults(duplicates=0.9))

# %% lost_answers | it goes wrong | a second delivery is recognized
# Answers that are lost.
from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults


ANSWER = Case([put("UA1545", origin="EWR")], Faults(lost_acks=0.9))

# %% no_fault | it goes wrong | nothing goes wrong
# No fault.
from cdc_lab.classroom.cases import put


ANSWER = [put("UA1545", origin="EWR")]

# %% poisoned | it is to blame | no handler's fault
# A record that nobody can read.
from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults


ANSWER = Case([put("UA1545", origin="EWR")], Faults(poison=1.0))

# %% slow_marks | it goes wrong | slow where it does no harm
# Cut by the timeout when the marks are written.
from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults


ANSWER = Case([put("UA1545", origin="EWR")], Faults(slow={"dynamodb.BatchWriteItem": 5}))

# %% throttled | it goes wrong | never begun
# Invocations that are refused.
from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults


ANSWER = Case([put("UA1545", origin="EWR")], Faults(throttles=0.5))

# %% two_flights | nothing to spare | longer than needed
# Two flights, of which one is enough.
from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults


ANSWER = Case([put("UA1545", origin="EWR"), put("UA1546", origin="JFK")], Faults(crash_after=3))

# %% throttled_often | it goes wrong | never begun
# Nearly all invocations are refused.
from cdc_lab.classroom.cases import Case, put
from cdc_lab.emulator.faults import Faults


ANSWER = Case([put("UA1545", origin="EWR"), put("UA1546", origin="JFK")], Faults(throttles=0.8), batch_size=1)
