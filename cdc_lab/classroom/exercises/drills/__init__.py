"""Drills, ten minutes each, on one thing: fix a handler, choose parameters, spot where a handler goes wrong.

A drill that mends a handler is an `Exercise`, short. In the others the answer is data, and a `Drill` runs the
lab with it. Each drill is a module; the texts of a lesson's drills are in one TOML file.
"""

from __future__ import annotations

# The drills of a number are on its lessons with a letter, too: 01 on 01 and 01b.
DRILLS = (
    "drill_01_1",
    "drill_01_2",
    "drill_01_3",
    "drill_01_4",
    "drill_02_1",
    "drill_02_2",
    "drill_02_3",
    "drill_02_4",
    "drill_02_5",
    "drill_03_1",
    "drill_03_2",
    "drill_03_3",
    "drill_03_4",
    "drill_03_5",
    "drill_04_1",
    "drill_04_2",
    "drill_04_3",
    "drill_04_4",
    "drill_05_1",
    "drill_05_2",
    "drill_05_3",
    "drill_05_4",
    "drill_07_1",
    "drill_08_1",
    "drill_09_1",
)
