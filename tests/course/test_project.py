"""Which notebooks a command runs, and what it says when they are not there."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from cdc_lab.course.project import (
    CourseError,
    course_notebooks,
    example_notebooks,
    find_root,
    has_embedded_engine,
    left_out,
    lessons,
    select,
)
from tests.course.lessons import code, notebook, save

ROOT = Path(__file__).resolve().parents[2]
NAMES = [
    "03_handlers.ipynb",
    "01_streams_intro.ipynb",
    "reference_concepts.ipynb",
    "03b_failures.ipynb",
    "04_aggregations.ipynb",
    "exercises/exercise_1_audit_log.ipynb",
    "solutions/exercise_1_audit_log.ipynb",
    ".ipynb_checkpoints/01_streams_intro-checkpoint.ipynb",
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with some notebooks, all empty."""
    for name in NAMES:
        path = tmp_path / "notebooks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def names(paths: list[Path]) -> list[str]:
    """Return names below notebooks/."""
    return [f"{path.parent.name}/{path.name}".removeprefix("notebooks/") for path in paths]


def test_the_course_is_lessons_reference_and_solutions_in_order(checkout: Path) -> None:
    assert names(course_notebooks(checkout)) == [
        "01_streams_intro.ipynb",
        "03_handlers.ipynb",
        "03b_failures.ipynb",
        "04_aggregations.ipynb",
        "reference_concepts.ipynb",
        "solutions/exercise_1_audit_log.ipynb",
    ]


def test_lessons_are_the_numbered_ones(checkout: Path) -> None:
    assert names(lessons(checkout))[-1] == "04_aggregations.ipynb"


def test_an_example_takes_all_parts_of_its_lessons(checkout: Path) -> None:
    assert names(example_notebooks(checkout, 1)) == [
        "01_streams_intro.ipynb",
        "03_handlers.ipynb",
        "03b_failures.ipynb",
    ]


@pytest.mark.parametrize(
    ("number", "message"),
    [(3, r"example 3 needs notebooks/05_\*\.ipynb"), (9, "there is no example 9: choose one of 1, 2, 3")],
)
def test_an_example_that_cannot_be_run_says_why(checkout: Path, number: int, message: str) -> None:
    with pytest.raises(CourseError, match=message):
        example_notebooks(checkout, number)


def test_a_pattern_selects_by_name(checkout: Path) -> None:
    assert names(select(course_notebooks(checkout), ["03"])) == ["03_handlers.ipynb", "03b_failures.ipynb"]
    with pytest.raises(CourseError, match=r"contains 'stream9': there are 01_streams_intro, "):
        select(course_notebooks(checkout), ["stream9"])


def test_a_checkout_without_notebooks_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="holds no notebook"):
        select(course_notebooks(tmp_path), None)


def test_the_checkout_is_found_from_anywhere(tmp_path: Path) -> None:
    assert find_root(tmp_path) == ROOT


def test_notebooks_that_need_an_engine_are_left_out_where_there_is_none(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a solution whose metadata says that it needs a search engine, and a system that has none
    solution = checkout / "notebooks" / "solutions" / "exercise_2_search_sync.ipynb"
    save(notebook([code("1")], cdc_lab={"needs": ["search"]}), solution)
    monkeypatch.delenv("OPENSEARCH_URL", raising=False)
    monkeypatch.setattr("cdc_lab.course.project.has_embedded_engine", lambda: False)
    # THEN it is not run, and nothing else is missing
    everything = {*course_notebooks(checkout), solution}
    assert left_out(checkout) == [solution]
    assert solution not in course_notebooks(checkout)
    # AND an engine that is named, or embedded, brings it back
    monkeypatch.setenv("OPENSEARCH_URL", "http://localhost:9200")
    assert set(course_notebooks(checkout)) == everything
    monkeypatch.delenv("OPENSEARCH_URL")
    monkeypatch.setattr("cdc_lab.course.project.has_embedded_engine", lambda: True)
    assert set(course_notebooks(checkout)) == everything


def test_whether_the_embedded_engine_is_there_is_seen_by_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a package of that name without a program for this system
    (tmp_path / "osmem_server").mkdir()
    (tmp_path / "osmem_server" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "osmem_server", raising=False)
    importlib.invalidate_caches()
    monkeypatch.delenv("OSMEM_SERVER_BIN", raising=False)
    assert not has_embedded_engine()
    # AND the reader's own program
    monkeypatch.setenv("OSMEM_SERVER_BIN", "/opt/osmem-server")
    assert has_embedded_engine()


@pytest.mark.parametrize(
    ("only", "chosen"),
    [
        (["03_handlers"], ["03_handlers"]),
        (["03"], ["03_handlers", "03b_failures"]),
        (["drills"], ["drills_03_handlers"]),
        (["handlers"], ["03_handlers", "drills_03_handlers"]),
        (["solutions/"], ["drills_03_handlers"]),
        (["drills", "03_handlers"], ["03_handlers", "drills_03_handlers"]),
        (["03b", "03"], ["03_handlers", "03b_failures"]),
        (None, ["03_handlers", "03b_failures", "drills_03_handlers"]),
    ],
)
def test_a_name_means_the_notebooks_that_begin_with_it(only: list[str] | None, chosen: list[str]) -> None:
    names = ("03_handlers", "03b_failures", "solutions/drills_03_handlers")
    notebooks = [Path("notebooks") / f"{name}.ipynb" for name in names]
    assert [path.stem for path in select(notebooks, only)] == chosen


def test_a_folder_is_no_part_of_a_name() -> None:
    with pytest.raises(CourseError, match="no notebook's name contains 'notebook'"):
        select([Path("notebooks/01_a.ipynb")], ["notebook"])


def test_each_of_several_names_must_be_that_of_a_notebook() -> None:
    with pytest.raises(CourseError, match="no notebook's name contains '02'"):
        select([Path("notebooks/01_a.ipynb")], ["01", "02"])
