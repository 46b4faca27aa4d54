"""Turns executed notebooks into HTML pages that link to each other and load nothing from the network."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from cdc_lab.course.outcomes import Outcome
from cdc_lab.keeping import replace

# nbconvert's own page, without the scripts that it would fetch from the network. Of a picture's metadata its
# page for classic notebooks reads the alternative text, and this one does not.
_TEMPLATE = (
    "{% extends 'lab/index.html.j2' %}"
    "{% block html_head_js %}{% endblock html_head_js %}"
    "{% block html_head_js_mathjax %}{% endblock html_head_js_mathjax %}"
    "{% block html_head_js_mermaidjs %}{% endblock html_head_js_mermaidjs %}"
    "{% block jupyter_widgets %}{% endblock jupyter_widgets %}"
    "{% block data_png scoped %}"
    "{%- set about = output.metadata.get('image/png', {}) -%}"
    '<div class="jp-RenderedImage jp-OutputArea-output {{ extra_class }}">'
    "<img src=\"data:image/png;base64,{{ output.data['image/png'] | escape_html }}\""
    "{% for name in ('alt', 'width', 'height') if name in about %}"
    ' {{ name }}="{{ about[name] | e }}"'
    "{% endfor %}>"
    "</div>"
    "{% endblock data_png %}"
)


def write_page(executed: Path, page: Path, source: Path, rendered: Collection[Path]) -> None:
    """Write the HTML page of one executed notebook.

    Parameters
    ----------
    executed, page : Path
        The notebook to render and the file to write.
    source : Path
        The notebook's file in the checkout: its links are relative to that.
    rendered : collection of Path
        Notebooks of the checkout that have a page in this run; links to them lead to their pages.
    """
    import jinja2
    import nbformat
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        extra_loaders=[jinja2.DictLoader({"page.html.j2": _TEMPLATE})], template_file="page.html.j2"
    )
    notebook = nbformat.read(executed, as_version=4)
    body, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": title(notebook, source)}})
    replace(page, _relink(body, page, source, rendered).encode())


def title(notebook: object, source: Path) -> str:
    """Return a notebook's first heading, its file's name where it has none."""
    for cell in getattr(notebook, "cells", []):
        heading = re.search(r"^# +(.+)$", cell.source, re.MULTILINE)
        if cell.cell_type == "markdown" and heading:
            return heading.group(1).strip()
    return source.stem


def _relink(body: str, page: Path, source: Path, rendered: Collection[Path]) -> str:
    """Lead links between notebooks to the pages where there are pages, else to the files of the checkout."""

    def lead(link: re.Match[str]) -> str:
        target = (source.parent / link["path"]).resolve()
        anchor = link["anchor"] or ""
        # What a link means is kept beside it: which notebooks have pages is known when the run has ended.
        meant = f'data-notebook="{link["path"]}{anchor}" ' if target.suffix == ".ipynb" else ""
        if target in rendered:
            return f'{meant}href="{link["path"][: -len(".ipynb")]}.html{anchor}"'
        if target.exists():
            relative = Path(os.path.relpath(target, page.parent)).as_posix()
            return f'{meant}href="{relative}{anchor}"'
        return link.group()

    return re.sub(r'href="(?P<path>(?![a-z]+:|/|#)[^"#]+?\.\w+)(?P<anchor>#[^"]*)?"', lead, body)


def mend_links(page: Path, source: Path) -> None:
    """Lead a page's links between notebooks to the pages that are there now, the others to the notebooks."""

    def lead(link: re.Match[str]) -> str:
        path, anchor = link["path"], link["anchor"] or ""
        where = f"{path[: -len('.ipynb')]}.html"
        if not (page.parent / where).exists():
            where = Path(os.path.relpath((source.parent / path).resolve(), page.parent)).as_posix()
        return f'data-notebook="{path}{anchor}" href="{where}{anchor}"'

    body = page.read_text("utf-8")
    mended = re.sub(r'data-notebook="(?P<path>[^"#]+)(?P<anchor>#[^"]*)?" href="[^"]*"', lead, body)
    if mended != body:
        replace(page, mended.encode())


_INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{heading}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #ccc; }}
td.number, th.number {{ text-align: right; font-variant-numeric: tabular-nums; }}
tr.failed td {{ font-weight: bold; }}
.scrolling {{ overflow-x: auto; }}
</style>
</head>
<body>
<h1>{heading}</h1>
<p>{summary}</p>
<div class="scrolling"><table>
<thead><tr>
<th>Notebook</th><th>Status</th><th class="number">Cells</th><th class="number">Time</th><th>File</th>
</tr></thead>
<tbody>
{rows}
</tbody>
</table></div>
</body>
</html>
"""


def write_index(
    index: Path, heading: str, outcomes: Sequence[Outcome], earlier: Collection[Path] = ()
) -> None:
    """Write the table of all pages: title, status, number of cells, seconds taken.

    Parameters
    ----------
    index : Path
        The file to write.
    heading : str
        Its heading.
    outcomes : sequence of Outcome
        What has a row, in this order.
    earlier : collection of Path
        The notebooks among them that an earlier run executed, and this one did not.
    """
    rows = [_row(outcome, index.parent, outcome.notebook in earlier) for outcome in outcomes]
    ran = [outcome for outcome in outcomes if outcome.notebook not in earlier]
    failed = sum(outcome.failure is not None for outcome in ran)
    summary = f"{len(ran)} notebook{'s' if len(ran) != 1 else ''} executed"
    summary += f", {failed} failed." if failed else ", all without an error." if ran else "."
    if len(outcomes) > len(ran):
        summary += f" {len(outcomes) - len(ran)} more from earlier runs."
    index.write_text(
        _INDEX.format(heading=html.escape(heading), summary=summary, rows="\n".join(rows)), "utf-8"
    )


def _row(outcome: Outcome, folder: Path, is_earlier: bool) -> str:
    def link(target: Path, text: str) -> str:
        if not target.exists():
            return html.escape(text)
        return f'<a href="{html.escape(target.relative_to(folder).as_posix())}">{html.escape(text)}</a>'

    status = html.escape(f"failed: {outcome.failure.where}" if outcome.failure else "ok")
    status += ", earlier run" if is_earlier else ""
    return (
        f'<tr class="{"failed" if outcome.failure else "ok"}"><td>{link(outcome.page, outcome.title)}</td>'
        f'<td>{status}</td><td class="number">{outcome.cells}</td>'
        f'<td class="number">{outcome.seconds:.1f} s</td>'
        f"<td>{link(outcome.executed, outcome.executed.name)}</td></tr>"
    )
