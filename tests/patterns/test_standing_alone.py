"""The patterns are what is zipped and deployed: they may load nothing of the laboratory."""

from __future__ import annotations

import doctest
import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cdc_lab.patterns

PATTERNS = Path(cdc_lab.patterns.__file__).parent
MODULES = sorted(path.stem for path in PATTERNS.glob("*.py") if path.stem != "__init__")


def loaded_after(statement: str, path: Path) -> set[str]:
    program = (
        f"import json, sys; sys.path.insert(0, sys.argv[1]); {statement}; "
        "print(json.dumps(sorted(sys.modules)))"
    )
    # -I: neither the working directory nor the environment can lend a module.
    answer = subprocess.run(
        [sys.executable, "-I", "-c", program, str(path)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return set(json.loads(answer.stdout))


def test_importing_the_patterns_loads_nothing_of_the_laboratory() -> None:
    # GIVEN a fresh process that imports every module of the patterns
    names = ", ".join(f"cdc_lab.patterns.{name}" for name in MODULES)
    loaded = loaded_after(f"import {names}", PATTERNS.parent.parent)
    assert {f"cdc_lab.patterns.{name}" for name in MODULES} <= loaded
    # THEN nothing else of the laboratory is there, nor what it needs
    foreign = {"moto", "pandas", "numpy", "simpy", "matplotlib", "greenlet", "time_machine", "IPython"}
    assert {name.split(".")[0] for name in loaded} & foreign == set()
    others = {name for name in loaded if name.startswith("cdc_lab.")}
    assert {name for name in others if not name.startswith("cdc_lab.patterns")} == set()


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_hold(name: str) -> None:
    results = doctest.testmod(importlib.import_module(f"cdc_lab.patterns.{name}"))
    assert results.failed == 0


def test_the_folder_alone_works_in_a_function(tmp_path: Path) -> None:
    # GIVEN a package that holds the patterns and its own front page, as a deployment would
    shutil.copytree(PATTERNS, tmp_path / "cdc_lab" / "patterns", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PATTERNS.parent / "__init__.py", tmp_path / "cdc_lab")
    # THEN it imports from there
    loaded = loaded_after(
        "import cdc_lab.patterns as p; assert p.__file__.startswith(sys.argv[1]), p.__file__", tmp_path
    )
    assert "cdc_lab.patterns.processor" in loaded


def test_every_public_name_is_there() -> None:
    assert sorted(cdc_lab.patterns.__all__) == cdc_lab.patterns.__all__
    assert all(hasattr(cdc_lab.patterns, name) for name in cdc_lab.patterns.__all__)
