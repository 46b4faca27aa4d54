"""Which notebooks the tests read: git's, whatever a reader typed (`cdc_lab.course.committed`).

Beside `NOTEBOOKS` lie the README, the data and the project's settings, so that `ROOT` serves as a checkout.
"""

from __future__ import annotations

from cdc_lab.course.committed import under_test
from cdc_lab.course.project import find_root

ROOT = under_test(find_root()).root
NOTEBOOKS = ROOT / "notebooks"
