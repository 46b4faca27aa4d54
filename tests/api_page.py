"""Makes cdc_lab/testing/reference.md from docstrings: `python -m tests.api_page`; a test compares."""

from __future__ import annotations

import csv
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "cdc_lab" / "testing" / "reference.md"

# What users write, by the module that they import it from.
CHAPTERS = {
    "The lab": ("cdc_lab", ["Lab", "Faults", "Refusal", "PartitionThroughput", "Trace", "LabError"]),
    "Tests": ("cdc_lab.testing", None),
    "Rows of a trace": (
        "cdc_lab.trace.tables",
        [
            "Rows",
            "StreamRecordRow",
            "Invocation",
            "Delivery",
            "Failure",
            "Call",
            "Unfollowed",
            "Conflict",
            "LogLine",
            "LogEventLine",
            "Metric",
        ],
    ),
    "Patterns for handlers": ("cdc_lab.patterns", None),
}
_FACT = re.compile(r"\b([A-L]\d{1,3}[a-z]?)\b")
_CITED = re.compile(r"\(([A-L]\d{1,3}[a-z]?(?:(?:, | to | and )[A-L]\d{1,3}[a-z]?)*)[):]")


def page() -> str:
    """Return the page as it should be."""
    with (ROOT / "data/facts.csv").open(encoding="utf-8", newline="") as file:
        facts = {row["id"]: row for row in csv.DictReader(file)}
    parts = [
        "# Reference\n",
        "Made from the docstrings by `python -m tests.api_page`. A letter and a number in parentheses, such "
        "as (C20), is a fact about AWS: those that are cited here are listed at the end.\n",
    ]
    seen: set[str] = set()
    for title, (module, names) in CHAPTERS.items():
        source = import_module(module)
        parts.append(f"## {title}\n\n`from {module} import ...`\n")
        for name in names or [
            name for name in source.__all__ if name not in seen and not _is_value(source, name)
        ]:
            if name in seen:
                continue
            seen.add(name)
            parts += _described(name, getattr(source, name))
    text = "\n".join(parts)
    cited = {fact for group in _CITED.findall(text) for fact in _FACT.findall(group)} & facts.keys()
    column = next(
        name for name in ("claim", "fact", "statement", "text") if name in next(iter(facts.values()))
    )
    lines = [
        f"- **{fact}** {facts[fact][column]} ({facts[fact].get('grade', '')})"
        for fact in sorted(cited, key=lambda fact: (fact[0], int(re.sub(r"\D", "", fact)), fact))
    ]
    return "\n".join([text, "## Facts\n", *lines]) + "\n"


def _is_value(source: Any, name: str) -> bool:
    found = getattr(source, name)
    return not (inspect.isclass(found) or callable(found))


def _described(name: str, thing: Any) -> Iterator[str]:
    yield f"### {name}\n"
    yield f"```python\n{name}{_signature(thing)}\n```\n"
    yield _text(thing)
    if not inspect.isclass(thing):
        return
    for inner, member in vars(thing).items():
        described = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        if inner.startswith("_") or not (inspect.isfunction(described) and described.__doc__):
            continue
        shown = inner if isinstance(member, property) else f"{inner}{_signature(described)}"
        yield f"#### {name}.{inner}\n"
        yield f"```python\n{shown}\n```\n"
        yield _text(described)


def _signature(thing: Any) -> str:
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return ""
    parameters = [p for name, p in found.parameters.items() if name not in ("self", "cls")]
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in parameters]
    return re.sub(
        r" at 0x[0-9a-f]+",
        "",
        str(found.replace(parameters=plain, return_annotation=inspect.Signature.empty)),
    )


def _text(thing: Any) -> str:
    """Return a docstring as Markdown: sections in bold, literals and code as such."""
    text = inspect.cleandoc(thing.__doc__ or "")
    text = re.sub(r"^(\w[\w ]+)\n-{3,}$", r"**\1**\n", text, flags=re.MULTILINE)
    text = re.sub(r":(?:class|func|meth|attr|mod):`~?([^`]+)`", r"`\1`", text)
    text = text.replace("``", "`")
    lines, is_parameter = [], re.compile(r"^([\w*, .]+) : (.+)$")
    for line in text.splitlines():
        found = is_parameter.match(line)
        lines.append(f"- `{found[1]}` : {found[2]}" if found else line)
    text = "\n".join(lines)
    # Consoles and indented code stand in fences.
    return (
        re.sub(r"((?:^>>> .*\n?)(?:^(?!\*\*|$).*\n?)*)", r"```\n\1\n```\n", text, flags=re.MULTILINE) + "\n"
    )


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
