"""The README keeps its word: its figure is what its script draws, its commands exist."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from cdc_lab.course.project import lessons
from tests import tested_notebooks

ROOT = Path(__file__).parent.parent
# What my_service makes when it is imported, as most services do.
STYLES = {
    "client": "client = boto3.client('dynamodb')\n\ndef handler(event, context):\n    client.list_tables()\n",
    "resource": (
        "dynamodb = boto3.resource('dynamodb')\norders = dynamodb.Table('orders')\n\n"
        "def handler(event, context):\n"
        "    orders.get_item(Key={'order_id': '1'})\n"
    ),
}
README = (ROOT / "README.md").read_text()


def test_the_figure_shows_what_its_caption_says():
    # GIVEN the script that draws the README's figure
    script = runpy.run_path(str(ROOT / "notebooks/images/poison_record.py"))
    drawn = script["draw"]()
    # THEN the README shows that figure, with the reading made from the same numbers
    assert (ROOT / "notebooks/images/poison_record.png").read_bytes()[:4] == b"\x89PNG"
    assert f"![{script['TITLE']}](notebooks/images/poison_record.png)" in README
    assert drawn.reading in " ".join(README.replace("*", "").split())


def test_each_make_command_is_a_target():
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z0-9-]+)", README))
    assert named
    assert named <= targets, named - targets


def test_each_lesson_is_listed():
    names = {path.name for path in lessons(tested_notebooks.ROOT)}
    assert names
    assert {name for name in names if f"notebooks/{name}" not in README} == set()


def run_example(
    example: str, service: str, folder: Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run the README's first example beside a my_service.py, with no AWS settings but those given."""
    (folder / "my_service.py").write_text(f"import boto3\n\n{service}")
    (folder / "example.py").write_text(example)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {**kept, "HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true", **settings}
    command = [sys.executable, "example.py"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def pasted() -> tuple[str, str, str]:
    """What a reader pastes into my_service.py, example.py and test_orders.py."""
    section = README.partition("## Use the lab on your own handler")[2]
    service, example, test = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return service, example, test


def first_example() -> str:
    return pasted()[1]


@pytest.mark.parametrize("style", STYLES)
def test_the_first_example_runs_with_clients_made_at_import(style: str, tmp_path: Path) -> None:
    # GIVEN a service that makes what it needs when it is imported, and a machine without a region
    # WHEN the README's first example is run beside it, as it stands
    ran = run_example(first_example(), STYLES[style], tmp_path)
    # THEN the handler did its work, and the error column is there for whom it did not
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"attempt +records +outcome +error\n0 +1 +1 +success", ran.stdout)
    assert "..." not in ran.stdout


def test_what_the_readme_shows_runs_as_pasted(tmp_path: Path) -> None:
    # GIVEN a reader who has no handler at hand, and pastes the README's
    service, example, test = pasted()
    ran = run_example(example, service, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"attempt +records +outcome +error\n0 +1 +1 +success", ran.stdout)
    # WHEN its test is run beside it
    (tmp_path / "test_orders.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_orders.py"]
    tested = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    # THEN it fails as the README says: a record that was delivered twice was counted twice
    assert "1 failed" in tested.stdout, tested.stdout + tested.stderr
    assert "Lambda delivered a successful batch once more" in tested.stdout
    # AND so does the command that needs no test, in the words that the README shows
    line, shown = (
        block.strip()
        for block in re.findall(r"```\n(cdc-lab try .*?|AssertionError.*?)```", README, re.DOTALL)
    )
    tried = subprocess.run(
        [sys.executable, "-m", "cdc_lab.cli", *line.split()[1:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.returncode == 1, tried.stderr
    assert (tried.stdout + tried.stderr).startswith(shown)


def test_the_example_runs_too_where_the_import_stands_above_the_lab(tmp_path: Path) -> None:
    # GIVEN the example with its import where most people write it, on a machine that has a region
    line = next(line for line in first_example().splitlines() if "from my_service" in line)
    example = f"{line.strip()}\n{first_example().replace(line, '')}"
    # WHEN it is run
    ran = run_example(example, STYLES["client"], tmp_path, AWS_DEFAULT_REGION="eu-west-1")
    # THEN the handler did its work, in the lab
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"attempt +records +outcome +error\n0 +1 +1 +success", ran.stdout)
