"""The book in a browser: search, a question, a telephone, both themes, and what axe-core finds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from cdc_lab.course.book.build import build_book
from tests.tested_notebooks import ROOT

pytestmark = pytest.mark.browser

BOOK = ROOT / "build" / "book"
PICTURES = ROOT / "build" / "browser"
PHONE = {"width": 400, "height": 800}
SERIOUS = ("serious", "critical")
LESSON = "01_streams_intro"


class Quiet(SimpleHTTPRequestHandler):
    """A server that writes no log."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def book() -> Iterator[str]:
    """The address of the book, made of the committed notebooks."""
    build_book(ROOT, BOOK)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(BOOK)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    PICTURES.mkdir(parents=True, exist_ok=True)
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def pages() -> list[str]:
    """Every page of the book, by its path."""
    return [path.relative_to(BOOK).as_posix() for path in sorted(BOOK.rglob("*.html"))]


def test_a_reader_searches_answers_and_goes_on(book: str, context: Any) -> None:
    # GIVEN a reader on the first page
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(book)
    # WHEN they search for a word of the field
    page.get_by_role("textbox", name="Search").fill("bisect")
    page.keyboard.press("Enter")
    page.wait_for_selector("ul.search li a")
    # THEN lessons are found
    found = page.locator("ul.search li a").evaluate_all("links => links.map(link => link.href)")
    assert any("03b_failures" in link for link in found)
    # WHEN they open a lesson and click an answer
    page.goto(f"{book}/{LESSON}.html")
    question = page.locator("section.question").first
    question.locator("summary").first.click()
    # THEN it says whether it is right, and why
    assert question.locator("details[open] p").first.inner_text().startswith(("Right.", "Not so."))
    # AND the next lesson is one click away
    page.locator(".related-pages a.next-page").click()
    assert page.url.endswith("/01b_shards_and_time.html")
    # AND nothing was fetched from elsewhere
    assert {url.split("/")[2] for url in asked} == {book.split("/")[2]}


def test_hints_and_solutions_are_folded(book: str, context: Any) -> None:
    page = context.new_page()
    page.goto(f"{book}/exercises/exercise_1_audit_log.html")
    hint = page.locator("section.hints details").first
    assert not hint.locator("p").is_visible()
    hint.locator("summary").click()
    assert hint.locator("p").is_visible()
    page.goto(f"{book}/solutions/exercise_1_audit_log.html")
    assert page.locator("h1").inner_text().startswith("Solution: ")
    answer = page.locator("details.hide summary", has_text="Show the solution").first
    assert answer.is_visible()
    assert not page.get_by_text("return process_batch(event, write_row)").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_telephone(book: str, browser: Any, scheme: str) -> None:
    # GIVEN a telephone
    context = browser.new_context(viewport=PHONE, color_scheme=scheme)
    page = context.new_page()
    wide = []
    for name in pages():
        # WHEN a page is opened
        page.goto(f"{book}/{name}")
        # THEN it scrolls down only: wide tables and code scroll within themselves
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            wide.append((name, width))
        page.screenshot(path=str(PICTURES / f"phone-{scheme}-{name.replace('/', '-')}.png"))
    context.close()
    assert wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(book: str, browser: Any, scheme: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="axe is not installed: python -m pip install axe-playwright-python",
    )
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    serious = []
    for name in pages():
        page.goto(f"{book}/{name}")
        page.screenshot(path=str(PICTURES / f"page-{scheme}-{name.replace('/', '-')}.png"), full_page=True)
        for violation in axe.Axe().run(page).response["violations"]:
            if violation["impact"] in SERIOUS:
                where = violation["nodes"][0]
                serious.append(f"{name}: {violation['id']} x{len(violation['nodes'])}: {where['html'][:90]}")
    context.close()
    assert serious == []
