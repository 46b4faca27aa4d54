"""How many words a text of markdown has."""

from __future__ import annotations

import re

from cdc_lab.course.links import LESSON

_ITEM = re.compile(r"\s*(?:[-*+]|\d+\.)\s")


def count_words(markdown: str) -> int:
    """Count the words of a text: its tables and its code included, the targets of its links not."""
    # What is made below a text is no word of it; a lesson's title in a link stands for its name, one word.
    written = re.sub(r"^\[[^\]\n]+\]: .*$", "", LESSON.sub("lesson", markdown), flags=re.MULTILINE)
    return len(re.findall(r"[^\W_][\w'’.-]*", re.sub(r"\]\([^)]*\)", "]", written)))


def running_text(markdown: str) -> str:
    """Return what is read from its first word to its last: a text without its tables and blocks of code.

    A reader looks up a row of a table, and reads code as code, so neither makes a cell's text longer.
    A lesson's words count both.
    """
    without_code = re.sub(r"^```.*?^```\s*?$", "", markdown, flags=re.DOTALL | re.MULTILINE)
    lines = (line for line in without_code.splitlines() if not line.lstrip().startswith("|"))
    return "\n".join(lines)


def is_mostly_list(markdown: str) -> bool:
    """Whether more than half of the words of a text's paragraphs and lists belong to items of lists."""
    text = running_text(markdown)
    return 2 * count_words("\n".join(_items(text))) > count_words(text)


def _items(text: str) -> list[str]:
    """Return the lines of the items of lists; an indented line goes on with the item above it."""
    found: list[str] = []
    is_inside = False
    for line in text.splitlines():
        goes_on = is_inside and (not line.strip() or line[0].isspace())
        is_inside = bool(_ITEM.match(line)) or goes_on
        if is_inside:
            found.append(line)
    return found
