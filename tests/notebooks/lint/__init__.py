"""Checks committed notebooks for all that a machine can see of how a lesson is made.

A rule is a function over an nbformat notebook. `test_rules` lists what the committed notebooks break of it,
and `test_breaches` proves it by a notebook that breaks it. ``make lint`` and the hook before a commit run the
same rules (``python -m tests.notebooks.lint``). A finding names the file, the cell, the rule and the remedy.
A lesson that is better for breaking a rule of form says so in its own metadata, with the reason:
``{"cdc_lab": {"exceptions": {"cell-count": "why"}}}``.
"""
