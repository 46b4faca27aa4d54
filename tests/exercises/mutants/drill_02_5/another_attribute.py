"""A second change in time, of something else."""

from cdc_lab.classroom.cases import put, update

SCENARIO = "it goes wrong"
MISCONCEPTION = "the same status still"

ANSWER = [put("UA1545", status="scheduled"), update("UA1545", after=5, gate="B4")]
