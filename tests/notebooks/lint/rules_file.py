"""A notebook's file: executed once from top to bottom, small, and its references lead somewhere."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from tests.notebooks.lint.cells import Node, Problems, code, numbered, prose, shown

MOST_BYTES = 400_000
SHORTEST_REASON = 20

# Rules whose breach may serve a lesson; a notebook names them with its reason.
EXCEPTABLE = frozenset(
    {
        "cell-count",
        "cell-words",
        "checkpoints",
        "code-length",
        "code-median",
        "code-run",
        "figure-count",
        "figure-reading",
        "function-length",
        "objectives",
        "predictions",
        "words",
    }
)


def execution_counts(notebook: Node) -> Problems:
    """Code cells count 1 to n: executed in order, in one go, and none left out."""
    for expected, (number, cell) in enumerate(code(notebook), start=1):
        if cell.execution_count != expected:
            problem = f"the execution count is {cell.execution_count}, not {expected}"
            yield number, problem, "restart the kernel, run all cells and save"
            return


def kernelspec(notebook: Node) -> Problems:
    """The kernel is called python3, which every installation has."""
    name = notebook.metadata.get("kernelspec", {}).get("name")
    if name != "python3":
        yield 0, f"the kernel is {name!r}", "choose the kernel python3 and save"


def cell_ids(notebook: Node) -> Problems:
    """Every cell has an id, and no two have the same."""
    if notebook.nbformat_minor < 5:
        yield 0, f"the format is 4.{notebook.nbformat_minor}", "save as 4.5: older ones have no cell ids"
        return
    counted = Counter(cell.get("id") for cell in notebook.cells)
    for number, cell in numbered(notebook):
        own = cell.get("id")
        if not own or counted[own] > 1:
            yield (
                number,
                f"the id {own!r} is missing or not its own",
                "give the cell an id of its own",
            )


def size(notebook: Node, count: int) -> Problems:
    """At most 400 kB: ``count`` are the file's bytes."""
    if count > MOST_BYTES:
        yield 0, f"{count:,} bytes", f"at most {MOST_BYTES:,}: fewer or smaller pictures"


def widget_state(notebook: Node) -> Problems:
    """No widgets."""
    shows = [
        number
        for number, cell in code(notebook)
        for output in cell.outputs
        if any("widget" in mime for mime in shown(output))
    ]
    if "widgets" in notebook.metadata or shows:
        yield (shows[0] if shows else 0), "holds a widget's state", "show it without a click"


def excepted(notebook: Node) -> frozenset[str]:
    """Return the rules that the notebook says it breaks for a reason."""
    return frozenset(notebook.metadata.get("cdc_lab", {}).get("exceptions", {}))


def exceptions(notebook: Node) -> Problems:
    """An exception from a rule of form carries its reason; the other rules have none."""
    for rule, reason in notebook.metadata.get("cdc_lab", {}).get("exceptions", {}).items():
        if rule not in EXCEPTABLE:
            yield 0, f"there is no exception from {rule!r}", f"only from {', '.join(sorted(EXCEPTABLE))}"
        elif len(str(reason).strip()) < SHORTEST_REASON:
            yield (
                0,
                f"the exception from {rule!r} has no reason",
                "write in a sentence why the lesson is better for it",
            )


def links(notebook: Node, folder: Path) -> Problems:
    """Links within the checkout lead to files that are there, relative to the notebook's ``folder``."""
    for number, cell in prose(notebook):
        inline = r"\]\(([^)\s#]+)[^)]*\)"
        below = r"(?m)^\[[^\]\n]+\]: ([^\s#]+)"
        plain = _without_code(cell.source)
        for target in [*re.findall(inline, plain), *re.findall(below, plain)]:
            if re.match(r"[a-z][a-z+.-]*:", target):
                continue
            if not (folder / target).exists():
                yield (
                    number,
                    f"the link to {target} leads nowhere",
                    "correct it, relative to the notebook",
                )


def known_facts(root: Path) -> frozenset[str] | None:
    """Return the ids of the fact table, None where the checkout has none."""
    table = root / "data" / "facts.csv"
    if not table.exists():
        return None
    with table.open(encoding="utf-8", newline="") as file:
        return frozenset(row["id"] for row in csv.DictReader(file))


def facts(notebook: Node, known: Collection[str] | None) -> Problems:
    """Facts that prose cites, as in (A23) or (B10, C28), are in ``data/facts.csv``."""
    if known is None:
        return
    for number, cell in prose(notebook):
        for cited in re.findall(
            r"[(\[](?:facts? )?([A-Z]\d{1,3}(?:(?:, ?| and | to |–|-)[A-Z]\d{1,3})*)[)\]]",
            _without_code(cell.source),
        ):
            for name in re.findall(r"[A-Z]\d+", cited):
                if name not in known:
                    yield number, f"there is no fact {name}", "cite one of data/facts.csv"


def _without_code(markdown: str) -> str:
    return re.sub(r"```.*?```|`[^`\n]*`", "", markdown, flags=re.DOTALL)
