"""A laboratory for change data capture with DynamoDB Streams and AWS Lambda.

``from cdc_lab import Lab`` opens an emulated AWS account with a clock of its own.
``cdc_lab.patterns`` is what a handler imports; it never imports the emulator.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdc_lab.emulator.dynamodb.throughput import PartitionThroughput
    from cdc_lab.emulator.faults import Faults
    from cdc_lab.emulator.refusals import Refusal
    from cdc_lab.errors import LabError
    from cdc_lab.lab import Lab
    from cdc_lab.trace import Trace

__all__ = ["Faults", "Lab", "LabError", "PartitionThroughput", "Refusal", "Trace", "__version__"]
__version__ = "1.0.0"

# Imported on first use: a handler that imports cdc_lab.patterns must not load an emulator.
_WHERE = {
    "Faults": "cdc_lab.emulator.faults",
    "Lab": "cdc_lab.lab",
    "LabError": "cdc_lab.errors",
    "PartitionThroughput": "cdc_lab.emulator.dynamodb.throughput",
    "Refusal": "cdc_lab.emulator.refusals",
    "Trace": "cdc_lab.trace",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'cdc_lab' has no attribute {name!r}")
    return getattr(_imported(_WHERE[name]), name)


@cache
def _imported(module: str) -> Any:
    import gc
    from importlib import import_module

    # Imports make hundreds of thousands of objects that live on: collecting in their midst finds nothing and
    # takes a quarter of the time. After gc.freeze() later collections need not look at them either.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        found = import_module(module)
    finally:
        if was_enabled:
            gc.enable()
    gc.freeze()
    return found
