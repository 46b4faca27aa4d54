"""What happened in a lab: typed rows, and frames made from them."""

from cdc_lab.trace.recorder import Recorder
from cdc_lab.trace.rows import (
    CallRow,
    FailureRow,
    InvocationRow,
    LogRow,
    Mark,
    ReadRow,
    RecordRow,
    RunRow,
    log_events,
)
from cdc_lab.trace.trace import Trace

__all__ = [
    "CallRow",
    "FailureRow",
    "InvocationRow",
    "LogRow",
    "Mark",
    "ReadRow",
    "RecordRow",
    "Recorder",
    "RunRow",
    "Trace",
    "log_events",
]
