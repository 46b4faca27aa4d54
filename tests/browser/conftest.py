"""JupyterLab as `cdc-lab start` opens it on a reader's notebooks, and a browser in front of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from cdc_lab.course.project import find_root
from tests.tested_notebooks import NOTEBOOKS

from .notebook_page import NotebookPage

ROOT = find_root()
TOKEN = "browser-test"
COMMITTED = "committed"
START_SECONDS = 120.0
POLL_SECONDS = 0.2
# Nothing but the page is to be fetched: without these a browser calls its maker at every start.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reader's notebooks will be."""
    return tmp_path_factory.mktemp("jupyter") / "workspace"


@pytest.fixture(scope="session")
def jupyter(workspace: Path) -> Iterator[str]:
    """The address of a running JupyterLab."""
    port = _free_port()
    home = workspace.parent
    command = [sys.executable, "-m", "cdc_lab.cli", "start", str(workspace), "--no-browser"]
    command += [f"--ServerApp.port={port}", f"--IdentityProvider.token={TOKEN}"]
    command += ["--LabApp.expose_app_in_browser=True"]
    environment = {
        **os.environ,
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "CDC_LAB_STATE": str(home / "state"),
    }
    with (home / "jupyter.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/api?token={TOKEN}", server, home / "jupyter.log")
            # Beside the reader's notebooks lie some as they are committed; those in git must not change.
            ignored = shutil.ignore_patterns(".ipynb_checkpoints")
            shutil.copytree(NOTEBOOKS, workspace / COMMITTED, ignore=ignored)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=30)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, driven by Playwright."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: python -m pip install playwright"
    )
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no chromium on the PATH")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    """A browser's windows, with nothing remembered of earlier ones."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900})
    yield opened
    opened.close()


@pytest.fixture
def open_copy(jupyter: str, workspace: Path, context: Any) -> Any:
    """A function that opens a reader's notebook by its place in the workspace."""

    def open_page(name: str) -> NotebookPage:
        page = context.new_page()
        page.goto(f"{jupyter}/lab/tree/{name}?token={TOKEN}&reset", wait_until="domcontentloaded")
        return NotebookPage(page, workspace / name)

    return open_page


@pytest.fixture
def open_notebook(open_copy: Any) -> Any:
    """A function that opens a notebook as it is committed, by its place below notebooks/."""
    return lambda name: open_copy(f"{COMMITTED}/{name}")


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except URLError:
            time.sleep(POLL_SECONDS)
    pytest.fail(f"JupyterLab did not answer:\n{log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
