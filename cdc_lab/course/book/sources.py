"""What the site's builder reads: a folder with the chapters, the reference pages and the contents."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from cdc_lab.classroom.contents import Contents, Notebook
from cdc_lab.course.book.chapter import Chapter
from cdc_lab.course.book.links import led_from_page
from cdc_lab.course.outcomes import Outcome
from cdc_lab.course.project import CourseError
from cdc_lab.show.tables import counted

INDEX = "index"
EXTRA = "extra"  # below the sources: what is copied into the site as it is
# The lessons of a chapter, by the number that they share, under one heading of the sidebar.
_PARTS = (
    ("Start", ("00",)),
    ("The stream", ("01", "02")),
    ("Handlers", ("03",)),
    ("Aggregations", ("04",)),
    ("Events", ("05",)),
    ("Exercises", ("06",)),
    ("Production", ("07", "08", "09")),
)
_PAGES = (
    "own_handler",
    "api",
    "commands",
    "taught",
    "teaching",
    "comparison",
    "benchmarks",
    "operations",
    "kill_matrix",
    "report",
    "contributing",
    "changelog",
)


class Sources:
    """The folder that the site is built from, made anew where something changed.

    Parameters
    ----------
    root : Path
        The checkout.
    folder : Path
        Where to write.
    ran : sequence of Outcome
        The notebooks of a run: they are taken as it left them, the others as they are committed.
    """

    def __init__(self, root: Path, folder: Path, ran: Sequence[Outcome]) -> None:
        self._root = root
        self._folder = folder
        self._ran = ran
        self._executed = {
            outcome.notebook.relative_to(root / "notebooks").as_posix(): outcome.executed
            for outcome in ran
            if outcome.executed.exists()
        }
        self.contents = Contents.of(root / "notebooks")

    def write(self) -> None:
        """Write all files whose content is not there yet, and remove those that belong to no page."""
        files_made = dict(self._files())
        for place, content in files_made.items():
            path = self._folder / place
            if not path.exists() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        for path in self._folder.rglob("*"):
            if path.is_file() and path.relative_to(self._folder).as_posix() not in files_made:
                path.unlink()

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for place in self.contents.by_place:
            path = self._executed.get(place) or self._root / "notebooks" / place
            chapter = Chapter(_read(path), place)
            yield place, json.dumps(chapter.notebook, ensure_ascii=False, indent=1).encode()
            for name, picture in chapter.figures.items():
                yield f"{EXTRA}/{name}", picture
        pages = dict(self._pages())
        for name, text in pages.items():
            yield f"{name}.md", text.encode()
        yield f"{INDEX}.md", self._index(list(pages)).encode()
        for name in ("book.css", "book.js"):
            yield f"static/{name}", files("cdc_lab.course.book").joinpath(f"assets/{name}").read_bytes()

    def _pages(self) -> Iterator[tuple[str, str]]:
        """The pages that are no notebooks: name and text."""
        own = files("cdc_lab.course.book").joinpath("pages")
        made: dict[str, Callable[[], str]] = {
            "api": self._api,
            "operations": self._operations,
            "kill_matrix": partial(self._of_checkout, "tests/exercises/kill_matrix.md"),
            "report": self._report,
            "contributing": partial(self._of_checkout, "CONTRIBUTING.md"),
            "changelog": partial(self._of_checkout, "CHANGELOG.md"),
        }
        for name in _PAGES:
            text = made[name]() if name in made else own.joinpath(f"{name}.md").read_text("utf-8")
            if text:
                yield name, led_from_page(text, _PAGES)

    def _operations(self) -> str:
        with (self._root / "data" / "operations.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        lines = [
            "# Operations: who answers, and what has no effect",
            "",
            "Each operation of DynamoDB, its streams and Lambda. *us*: the lab itself. *moto*: the library "
            "moto. *refused*: the call ends with a line that says so.",
        ]
        for service in dict.fromkeys(row["service"] for row in rows):
            lines += [
                "",
                f"## {service}",
                "",
                "| operation | answered by | what holds | no effect | refused |",
            ]
            lines.append("|---|---|---|---|---|")
            for row in rows:
                if row["service"] == service:
                    cells = (row["operation"], row["answered_by"], row["what"], row["no_effect"])
                    lines.append(_row(*cells, row["refused_parameters"]))
        return "\n".join(lines) + "\n"

    def _api(self) -> str:
        text = files("cdc_lab.testing").joinpath("reference.md").read_text("utf-8")
        return text.replace("# Reference\n", "# Reference: the API\n", 1)

    def _report(self) -> str:
        """What a run took, a row for each notebook; empty without a run."""
        if not self._ran:
            return ""
        failed = sum(outcome.failure is not None for outcome in self._ran)
        lines = [
            "# Report: the run behind these pages",
            "",
            f"{counted(len(self._ran), 'notebook')} executed, {failed or 'none'} failed.",
            "",
            "| notebook | status | cells | seconds |",
            "|---|---|---:|---:|",
        ]
        for outcome in self._ran:
            page = outcome.notebook.relative_to(self._root / "notebooks").with_suffix(".html").as_posix()
            status = f"failed: {outcome.failure.where}" if outcome.failure else "ok"
            link = f"[{outcome.title}](page:{page})"
            lines.append(_row(link, status, str(outcome.cells), f"{outcome.seconds:.1f}"))
        return "\n".join(lines) + "\n"

    def _of_checkout(self, place: str) -> str:
        """A text of the checkout; empty where it is not there."""
        path = self._root / place
        return path.read_text("utf-8") if path.exists() else ""

    def _index(self, pages: list[str]) -> str:
        by_chapter = {
            title: [one for one in self.contents.lessons if one.chapter in chapters]
            for title, chapters in _PARTS
        }
        trees = [_tree(title, found) for title, found in by_chapter.items() if found]
        known = {one.place for found in by_chapter.values() for one in found}
        left = [one for one in self.contents.lessons if one.place not in known]
        trees += [_tree("More lessons", left)] if left else []
        trees.append(_tree("Practice", self.contents.within("exercises")))
        trees.append(_tree("Solutions", self.contents.within("solutions")))
        reference = [one for place, one in self.contents.by_place.items() if place.startswith("reference_")]
        trees.append(_tree("Reference", reference, pages))
        text = files("cdc_lab.course.book").joinpath("pages/index.md").read_text("utf-8")
        return led_from_page(text, _PAGES) + "\n".join(trees)


def _read(path: Path) -> dict[str, Any]:
    try:
        notebook: dict[str, Any] = json.loads(path.read_text("utf-8"))
        notebook["cells"]
    except (ValueError, LookupError, TypeError):
        raise CourseError(f"{path.name} is no notebook: bring it back from git, then try again") from None
    return notebook


def _tree(caption: str, notebooks: list[Notebook], pages: list[str] | None = None) -> str:
    # A solution's page is called so in the sidebar, too: its title says it.
    entries = [one.place.removesuffix(".ipynb") for one in notebooks] + (pages or [])
    return "\n".join(["", "```{toctree}", ":hidden:", f":caption: {caption}", "", *entries, "```", ""])


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
