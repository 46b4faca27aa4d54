"""Links of a notebook's text, led to the pages of the book."""

from __future__ import annotations

import re
from collections.abc import Collection

# In a text as `[words](place)`, or below it as a definition `[words]: place`.
_INLINE = re.compile(
    r"(?P<before>\]\()(?P<path>(?![a-z]+:)[^)#\s]*)(?:#(?P<anchor>[^)\s]*))?(?P<after>[^)]*\))"
)
_DEFINED = re.compile(
    r"^(?P<before>\[[^\]\n]+\]: )(?P<path>(?![a-z]+:)[^#\s]*)(?:#(?P<anchor>\S*))?(?P<after>)$", re.MULTILINE
)

_HTML = re.compile(r'(?P<before>\bhref=")(?P<path>(?![a-z]+:)[^"#]*)\.ipynb(?P<after>[#"])')

# Schemes of links that the builder must take as they are: the page alone, and a place on it.
SCHEMES = {
    "http": None,
    "https": None,
    "page": {"url": "{{path}}"},
    "part": {"url": "{{path}}#{{fragment}}"},
}


def led(text: str, place: str) -> str:
    """Return a text whose links to notebooks lead to their pages.

    Parameters
    ----------
    text : str
        Markdown.
    place : str
        The path below ``notebooks/`` of the notebook in which it stands.
    """
    own = place.rpartition("/")[2]

    def lead(found: re.Match[str]) -> str:
        path, anchor = found["path"] or own, found["anchor"]
        if not path.endswith(".ipynb"):
            return found.group()
        page = f"{path.removesuffix('.ipynb')}.html"
        where = f"part:{page}#{anchor}" if anchor else f"page:{page}"
        return f"{found['before']}{where}{found['after']}"

    return _DEFINED.sub(lead, _INLINE.sub(lead, text))


# What lies elsewhere in the checkout, and has a page.
_PAGES_OF = {
    "data/operations.csv": "operations",
    "CONTRIBUTING.md": "contributing",
    "CHANGELOG.md": "changelog",
    "testing/reference.md": "api",
}


def led_from_page(text: str, pages: Collection[str]) -> str:
    """Return the text of a page that is no notebook, with its links led to the book's pages.

    Such a text leads to files of the checkout, so that it reads as well where the code is hosted.

    Parameters
    ----------
    text : str
        Markdown.
    pages : collection of str
        The names of the book's pages of this kind.
    """

    def lead(found: re.Match[str]) -> str:
        path, anchor = found["path"].lstrip("./"), found["anchor"]
        path = path.removeprefix("notebooks/")
        stem = _PAGES_OF.get(path) or path.removesuffix(".ipynb").removesuffix(".md").rpartition("pages/")[2]
        if not (path.endswith(".ipynb") or stem in pages):
            return found.group()
        where = f"part:{stem}.html#{anchor}" if anchor else f"page:{stem}.html"
        return f"{found['before']}{where}{found['after']}"

    return _INLINE.sub(lead, text)


def led_html(html: str) -> str:
    """The same for links in an output, which a notebook has as HTML."""
    return _HTML.sub(r"\g<before>\g<path>.html\g<after>", html)
