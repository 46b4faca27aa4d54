"""Whether a built site holds together: every link leads somewhere, and nothing is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches by itself; a link (`a`) is followed by the reader only.
_FETCHED = {
    "img": ("src", "srcset"),
    "script": ("src",),
    "link": ("href",),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "object": ("data",),
    "embed": ("src",),
}


class _Page(HTMLParser):
    """What a page links to, what it fetches, which places it has, and its pictures without a text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.places: set[str] = set()
        self.twice: set[str] = set()
        self.silent: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            (self.twice if given["id"] in self.places else self.places).add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "img" and not given.get("alt", "").strip():
            self.silent.append(given.get("src", "")[:60])
        self.fetched += [given[name] for name in _FETCHED.get(tag, ()) if name in given]


def faults_of(folder: Path) -> list[str]:
    """Return what is wrong with the pages below a folder, a line each; empty where nothing is.

    Links to other hosts are not followed.
    """
    pages = {path.resolve(): _Page(path) for path in sorted(folder.rglob("*.html"))}
    return [
        f"{page.path.relative_to(folder).as_posix()}: {fault}"
        for page in pages.values()
        for fault in _faults(page, pages)
    ]


def _faults(page: _Page, pages: dict[Path, _Page]) -> Iterator[str]:
    for place in sorted(page.twice):
        yield f"the id {place!r} stands twice"
    for picture in page.silent:
        yield f"the picture {picture} has no alternative text"
    for address in page.fetched:
        parts = urlsplit(address)
        if parts.scheme == "data":
            continue
        if parts.scheme or parts.netloc:
            yield f"{address} is fetched from another host"
        elif parts.path and not (page.path.parent / unquote(parts.path)).exists():
            yield f"{address} is not there"
    for address in page.links:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path.resolve()
        if not target.exists():
            yield f"the link {address} leads nowhere"
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].places:
            yield f"the link {address} leads to a place that the page has not"
