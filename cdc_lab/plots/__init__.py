"""Every figure of the course: each from a frame, each with a finding as its title and a one-line reading.

A figure is a `Drawn`; as the last expression of a cell it shows itself with its reading below.
"""

from __future__ import annotations

from cdc_lab.errors import require

require("plots", "drawing", "pandas", "matplotlib")

from cdc_lab.plots.aggregates import bars_by_group, drift
from cdc_lab.plots.backlog import backlog
from cdc_lab.plots.batches import batches
from cdc_lab.plots.cloudwatch import metric_graph
from cdc_lab.plots.day_flow import day_flow
from cdc_lab.plots.deliveries import attempts_per_record, iterator_age
from cdc_lab.plots.drawn import Drawn
from cdc_lab.plots.event_flow import event_flow
from cdc_lab.plots.filters import passing
from cdc_lab.plots.grids import counted_grid, image_matrix, reading_orders
from cdc_lab.plots.limits import against_limit
from cdc_lab.plots.lineage import shard_lineage
from cdc_lab.plots.scaling import ages, ages_by_rate

__all__ = [
    "Drawn",
    "against_limit",
    "ages",
    "ages_by_rate",
    "attempts_per_record",
    "backlog",
    "bars_by_group",
    "batches",
    "counted_grid",
    "day_flow",
    "drift",
    "event_flow",
    "image_matrix",
    "iterator_age",
    "metric_graph",
    "passing",
    "reading_orders",
    "shard_lineage",
]
