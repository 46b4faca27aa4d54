"""Runs, checks and shows the course: what stands behind ``make`` and the ``cdc-lab`` command.

Nothing here is imported by a lesson or by the laboratory.
"""
