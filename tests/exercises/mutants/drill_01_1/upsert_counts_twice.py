"""An upsert, taken for two records."""

from cdc_lab.classroom.cases import update

SCENARIO = "it goes wrong"
MISCONCEPTION = "an upsert is one insert"

ANSWER = [update("UA1545", gate="B4")]
