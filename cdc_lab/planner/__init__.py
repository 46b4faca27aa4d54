"""Plan for a rate of writes: simulate it, find the limit that comes first, and what it costs."""

from __future__ import annotations

from cdc_lab.planner.bill import Bill
from cdc_lab.planner.exact import run_exact
from cdc_lab.planner.knee import capacity
from cdc_lab.planner.metrics import Outcome
from cdc_lab.planner.planning import Plan, Sink, plan
from cdc_lab.planner.prices import Price, Prices
from cdc_lab.planner.simulation import simulate
from cdc_lab.planner.workload import Function, Outage, PlanError, Poison, Split, Workload

__all__ = [
    "Bill",
    "Function",
    "Outage",
    "Outcome",
    "Plan",
    "PlanError",
    "Poison",
    "Price",
    "Prices",
    "Sink",
    "Split",
    "Workload",
    "capacity",
    "plan",
    "run_exact",
    "simulate",
]
