"""Builds the book with Sphinx: no network, no notebook executed, nothing loaded from another host."""

from __future__ import annotations

import os
import shutil
import sys
from io import StringIO
from pathlib import Path
from typing import Any

from cdc_lab import __version__
from cdc_lab.course.book.checks import faults_of
from cdc_lab.course.book.links import SCHEMES
from cdc_lab.course.book.sources import EXTRA, INDEX, Sources
from cdc_lab.course.outcomes import read_outcomes
from cdc_lab.course.project import CourseError
from cdc_lab.course.runner import OUTCOMES

# What Sphinx warns of and is so on purpose: lessons head their sections by number, and a page of a part may
# begin below the first level.
_QUIET = ["myst.header", "myst.duplicate_def", "misc.highlighting_failure"]


def build_book(root: Path, folder: Path, run: Path | None = None) -> Path:
    """Build the site and check every link of it; return its first page.

    Pages whose source did not change since the last time are kept.

    Parameters
    ----------
    root : Path
        The checkout.
    folder : Path
        Where the site goes. Its sources are kept beside it, in a folder of its name and ``-source``.
    run : Path, optional
        The folder of a run: its executed notebooks take the place of the committed ones, and a page reports
        on it.

    Raises
    ------
    CourseError
        When a notebook cannot be read, the builder warns, or a link leads nowhere.
    """
    sources = folder.with_name(f"{folder.name}-source")
    Sources(root, sources, read_outcomes(run / OUTCOMES, run) if run is not None else []).write()
    print(f"building the book in {_shown(folder, root)}: about half a minute, less when little has changed")
    warnings = _build(sources, folder)
    if warnings:
        raise CourseError("the book has faults:\n" + "\n".join(warnings))
    extra = sources / EXTRA
    if extra.is_dir():
        shutil.copytree(extra, folder, dirs_exist_ok=True)
    faults = faults_of(folder)
    if faults:
        raise CourseError("the book has faults:\n" + "\n".join(faults))
    return folder / f"{INDEX}.html"


def _build(sources: Path, folder: Path) -> list[str]:
    """Run Sphinx in this process; return what it warns of."""
    from sphinx.application import Sphinx

    warned = StringIO()
    # It reads the time zone and the language of the machine: a page must not depend on them.
    before = dict(os.environ)
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    try:
        site = Sphinx(
            srcdir=sources,
            confdir=None,
            outdir=folder,
            doctreedir=sources.with_name(f"{sources.name}-trees"),
            buildername="html",
            confoverrides=_settings(),
            status=None,
            warning=warned,
            parallel=min(os.cpu_count() or 1, 4) if sys.platform.startswith("linux") else 1,
        )
        site.build()
    finally:
        os.environ.clear()
        os.environ.update(before)
    return [line for line in warned.getvalue().splitlines() if line.strip()]


def _settings() -> dict[str, Any]:
    return {
        "project": "CDC Lab",
        "release": __version__,
        "language": "en",
        "extensions": ["myst_nb"],
        "exclude_patterns": [EXTRA, "static"],
        "html_theme": "furo",
        "html_title": "CDC Lab",
        "html_static_path": ["static"],
        "html_css_files": ["book.css"],
        "html_js_files": ["book.js"],
        "html_copy_source": False,
        "html_show_sourcelink": False,
        "html_show_sphinx": False,
        "html_show_copyright": False,
        "nb_execution_mode": "off",
        "nb_ipywidgets_js": {},
        "myst_url_schemes": SCHEMES,
        "myst_heading_anchors": 0,
        # A dollar in a lesson is one of a price or of a JSON path, never mathematics.
        "myst_enable_extensions": [],
        "suppress_warnings": _QUIET,
        "pygments_style": "a11y-high-contrast-light",
    }


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
