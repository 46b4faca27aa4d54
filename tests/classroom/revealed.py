"""What the predictions of an executed notebook came to, read from its outputs."""

from __future__ import annotations

import re
from typing import Any

_SHOWN = re.compile(r"^Prediction (\S+): ")
_REVEALED = re.compile(r"^(\S+): no answer to judge\. The lab: ([a-e])\) ")
_PASSED = re.compile(r"^Checkpoint (\d+): ok")


def steps(notebook: Any) -> list[tuple[str, str]]:
    """All that the classroom said, in order: ("predict", id), ("reveal", "id letter"), ("checkpoint", n)."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("data", {}).get("text/plain", "")
            for kind, pattern in (("predict", _SHOWN), ("reveal", _REVEALED), ("checkpoint", _PASSED)):
                if match := pattern.match(text):
                    found.append((kind, " ".join(match.groups())))
    return found


def revealed(notebook: Any) -> dict[str, str]:
    """The letter of the option that the lab computed, by question id."""
    return dict(said.split() for kind, said in steps(notebook) if kind == "reveal")
