"""Checks committed notebooks for all that a machine can see of how a lesson is made.

Every finding names the file, the cell, the rule and the remedy. A lesson that is better for breaking a rule
of form says so in its own metadata, with the reason:
``{"cdc_lab": {"exceptions": {"cell-count": "why"}}}``.
"""

from cdc_lab.course.notebook_lint.lint import Finding, lint, lint_file
from cdc_lab.course.notebook_lint.notebook import Cell, Notebook, read_notebook

__all__ = ["Cell", "Finding", "Notebook", "lint", "lint_file", "read_notebook"]
