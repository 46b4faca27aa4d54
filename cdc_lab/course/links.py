"""Links of a text that are made, not typed: to facts, to terms of the glossary, and to lessons by name.

A text stays readable in its source. It cites a fact as ``<small>[A35]</small>``, marks a term where it first
appears as ``**[shard]**``, and where these lead stands below it, as markdown's definitions of links. The
name of a lesson in backticks becomes a link with the lesson's number and title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cdc_lab.classroom.contents import FACTS, GLOSSARY

_CITATION = re.compile(r"<small>(\[.*?\])</small>")
_FACT = re.compile(r"[A-Z]\d+(?:\s*(?:to|–)\s*[A-Z]\d+)?")
_BOLD = re.compile(r"\*\*\[?([^*\[\]\n]+)\]?\*\*(?!\()")
# The bold word that a list's item begins with is a verb of the lesson, such as **filter**.
_ITEM = re.compile(r"^ *(?:[-*]|\d+\.) +\Z", re.MULTILINE)
_NAME = re.compile(r"\[?`(\d\d[a-z]?_[a-z0-9_]+)`(?:\]\([^)]*\))?")
LESSON = re.compile(r"\[\d\d[a-z]?\. [^\]\n]*\]\((?:\.\./)?(\d\d[a-z]?_[a-z0-9_]+)\.ipynb\)")
_MADE = re.compile(rf"^\[[^\]\n]+\]: \S*(?:{FACTS}|{GLOSSARY})\.ipynb#\S*\n?", re.MULTILINE)
_CODE = re.compile(r"(```.*?```)", re.DOTALL)


def linked(
    markdown: str,
    up: str = "",
    terms: Mapping[str, str] | None = None,
    met: set[str] | None = None,
    titles: Mapping[str, str] | None = None,
) -> str:
    """Return a text with all its links; one that has them already comes back as it is.

    Parameters
    ----------
    markdown : str
        The source of a cell.
    up : str
        What leads from the notebook's folder to ``notebooks/``: empty, or ``../``.
    terms : mapping, optional
        The glossary's terms in small letters, each with the anchor that it has there.
    met : set of str, optional
        The terms that the notebook has linked already; those of this text are added.
    titles : mapping, optional
        The names of lessons that become links where they stand in backticks, each with its title.
    """
    met = set() if met is None else met
    definitions: dict[str, str] = {}

    def cite(found: re.Match[str]) -> str:
        labels = list(_FACT.findall(found[1]))
        if not labels:
            return found.group()
        for label in labels:
            definitions[label] = f"{up}{FACTS}.ipynb#{label.split()[0]}"
        return f"<small>{', '.join(f'[{label}]' for label in labels)}</small>"

    def mark(found: re.Match[str]) -> str:
        anchor = _anchor(found[1], terms or {})
        if anchor is None or anchor in met or _ITEM.search(found.string[: found.start()]):
            return f"**{found[1]}**"
        met.add(anchor)
        definitions[found[1]] = f"{up}{GLOSSARY}.ipynb#{anchor}"
        return f"**[{found[1]}]**"

    def lead(found: re.Match[str]) -> str:
        title = (titles or {}).get(found[1])
        return f"[{title}]({up}{found[1]}.ipynb)" if title else found.group()

    made = []
    for part in _CODE.split(_MADE.sub("", markdown).rstrip("\n")):
        if not part.startswith("```"):
            part = _BOLD.sub(mark, _CITATION.sub(cite, part))
            part = _NAME.sub(lead, LESSON.sub(lead, part))
        made.append(part)
    below = [f"[{label}]: {where}" for label, where in definitions.items()]
    return "\n\n".join(filter(None, ["".join(made), "\n".join(below)]))


def _anchor(words: str, terms: Mapping[str, str]) -> str | None:
    """The anchor of a term, which may stand in the plural."""
    low = words.lower()
    forms = (low, low.removesuffix("s"), low.removesuffix("es"))
    return next((terms[form] for form in forms if form in terms), None)
