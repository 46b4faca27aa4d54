"""JupyterLab's own terminal knows the command that the lessons name, however JupyterLab was started."""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path

import pytest

from .conftest import TOKEN

pytestmark = pytest.mark.browser
ANSWER_SECONDS = 30.0


def test_a_terminal_finds_cdc_lab(jupyter: str) -> None:
    # GIVEN a JupyterLab that no terminal started, in which a reader opens one
    websocket = pytest.importorskip("websocket")
    asking = urllib.request.Request(f"{jupyter}/api/terminals?token={TOKEN}", method="POST")
    with urllib.request.urlopen(asking, timeout=ANSWER_SECONDS) as answer:
        name = json.load(answer)["name"]
    address = f"{jupyter.replace('http', 'ws')}/terminals/websocket/{name}?token={TOKEN}"
    terminal = websocket.create_connection(address, timeout=ANSWER_SECONDS)
    try:
        # WHEN the reader asks for the command; the quotes tell the echo of the line from its answer
        terminal.send(json.dumps(["stdin", "command -v cdc-lab; echo 'E''ND'\r"]))
        said = ""
        while "END" not in said:
            kind, *rest = json.loads(terminal.recv())
            said += rest[0] if kind == "stdout" else ""
    finally:
        terminal.close()
    # THEN it is the one of the environment that runs the course
    assert str(Path(sys.executable).with_name("cdc-lab")) in said
