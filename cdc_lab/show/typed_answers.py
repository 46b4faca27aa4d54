"""An answer typed beside the quotes of a prediction instead of between them: it is moved there.

A click on ``answer=""`` in a notebook puts the cursor behind the quotes more often than between them.
"""

from __future__ import annotations

import re
from typing import Any

_BESIDE = re.compile(r"""\banswer=(?:""(?P<behind>[A-Za-z])|(?P<before>[A-Za-z])"")(?=\s*[,)])""")


def between_quotes(lines: list[str]) -> list[str]:
    """Return a cell's lines with the letter where it was meant: ``answer=""c`` is ``answer="c"``."""
    return [
        _BESIDE.sub(lambda found: f'answer="{found["behind"] or found["before"]}"', line) for line in lines
    ]


def install(shell: Any) -> None:
    """Let a notebook's shell do that to what is typed; a second call does nothing."""
    if between_quotes not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(between_quotes)
