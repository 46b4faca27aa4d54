"""A search engine for the lessons: embedded, or the one that ``OPENSEARCH_URL`` names.

Its calls are steps of the lab: they take lab time, and a handler can die after each of them.
"""

from __future__ import annotations

from cdc_lab.classroom.search.client import FLIGHT_FIELDS, search_engine
from cdc_lab.classroom.search.engine import SearchUnavailable
from cdc_lab.classroom.search.refusals import refuse

__all__ = ["FLIGHT_FIELDS", "SearchUnavailable", "refuse", "search_engine"]
