"""Every relative link of notebooks, READMEs and the book leads to a file, and to a heading that it names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from cdc_lab.classroom.headings import headings
from cdc_lab.course.project import notebook_files
from tests.tested_notebooks import NOTEBOOKS, ROOT

TEXTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md"]
PAGES = [
    *notebook_files(ROOT),
    *(ROOT / name for name in TEXTS),
    *sorted((ROOT / "cdc_lab/course/book/pages").glob("*.md")),
]
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_MARKDOWN = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_HTML = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=\"([^\"]+)\"")


def links(page: Path) -> Iterator[str]:
    """The relative links of a page's prose and of what its cells show."""
    for text in prose(page):
        plain = _CODE.sub("", text)
        for target in [*_MARKDOWN.findall(plain), *map(unescape, _HTML.findall(plain))]:
            if not re.match(r"[a-z][a-z+.-]*:", target):
                yield target


def prose(page: Path) -> Iterator[str]:
    if page.suffix != ".ipynb":
        yield page.read_text("utf-8")
        return
    for cell in json.loads(page.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            yield "".join(cell["source"])
        for output in cell.get("outputs", []):
            for kind in ("text/html", "text/markdown"):
                yield "".join(output.get("data", {}).get(kind, []))


def anchors(page: Path) -> set[str]:
    """What may stand behind the # of a link to this page."""
    if page.suffix != ".ipynb":
        found = [heading.text for heading in headings(page.read_text("utf-8"))]
        return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in found}  # as GitHub does
    cells = json.loads(page.read_text("utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return {heading.anchor for text in texts for heading in headings(text)}


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere, each with the reason."""
    found = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / unquote(path)).resolve() if path else page
        if not target.exists():
            found.append(f"{link}: there is no such file")
        elif anchor and (target.suffix not in (".ipynb", ".md") or unquote(anchor) not in anchors(target)):
            found.append(f"{link}: there is no such heading")
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    assert broken(page) == []


def test_the_reference_links_to_sections():
    # GIVEN the three reference notebooks
    for page in NOTEBOOKS.glob("reference_*.ipynb"):
        # THEN the check above had something to check
        assert sum("#" in link and not link.startswith("#") for link in links(page)) >= 10, page.name


@pytest.mark.parametrize(
    "heading",
    [
        "1. Order: per item, and nothing more",
        "What can go wrong?",
        "`eventID` or `SequenceNumber`?",
        "A mapping's parameters",
        "Streams, Kinesis & **Pipes**",
        "What *is* snake_case_here",
    ],
)
def test_anchors_are_those_of_the_rendered_page(heading):
    # GIVEN a heading as nbconvert renders it, by JupyterLab's rule: spaces become dashes, the rest stays
    rendered = re.search(r' id="([^"]*)"', markdown2html_mistune(f"## {heading}"))
    assert rendered
    # THEN a link with our anchor finds it
    assert headings(f"## {heading}")[0].anchor == unescape(rendered.group(1))


def test_links_that_lead_nowhere_are_found(tmp_path):
    # GIVEN a page with good links and bad ones
    prose = [
        "## 1. Here: it is\n\n[a](#1.-Here:-it-is) [b](#1.-here:-it-is)",
        "[c](other.md#good-news) [d](other.md#bad) [e](none.ipynb) `[f](no)`",
        "[g](https://example.org) ![h](gone.png)",
    ]
    cells = [{"cell_type": "markdown", "source": text.splitlines(True)} for text in prose]
    html = {"data": {"text/html": '<a href="gone.ipynb#x">i</a>'}}
    cells.append({"cell_type": "code", "source": [], "outputs": [html]})
    page = tmp_path / "page.ipynb"
    page.write_text(json.dumps({"cells": cells}), "utf-8")
    (tmp_path / "other.md").write_text("# Good news!\n", "utf-8")
    # THEN the bad ones are named, and no other
    assert broken(page) == [
        "#1.-here:-it-is: there is no such heading",
        "other.md#bad: there is no such heading",
        "none.ipynb: there is no such file",
        "gone.png: there is no such file",
        "gone.ipynb#x: there is no such file",
    ]
