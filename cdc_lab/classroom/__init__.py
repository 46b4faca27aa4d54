"""What teaches: predictions, checkpoints, expected errors, displays and the reader's progress.

A lesson imports from here what it uses; everything shows itself. How questions are written is in
`cdc_lab.classroom.questions`.
"""

from __future__ import annotations

from cdc_lab.classroom.checkpoints import CheckpointFailed, checkpoint
from cdc_lab.classroom.course_map import course_map
from cdc_lab.classroom.debugger import ask_debugger
from cdc_lab.classroom.displays import DisplayError, show_batch, show_diff, show_records, show_shards
from cdc_lab.classroom.exercises import ExerciseError, NotAttempted, check, hint
from cdc_lab.classroom.exercises.logged import logged
from cdc_lab.classroom.own_code import your_turn
from cdc_lab.classroom.predictions import PredictionError, predict, reveal
from cdc_lab.classroom.questions import QuestionError
from cdc_lab.classroom.session import begin
from cdc_lab.show.expect import ExpectationFailed, expect

__all__ = [
    "CheckpointFailed",
    "DisplayError",
    "ExerciseError",
    "ExpectationFailed",
    "NotAttempted",
    "PredictionError",
    "QuestionError",
    "ask_debugger",
    "begin",
    "check",
    "checkpoint",
    "course_map",
    "expect",
    "hint",
    "logged",
    "predict",
    "reveal",
    "show_batch",
    "show_diff",
    "show_records",
    "show_shards",
    "your_turn",
]
