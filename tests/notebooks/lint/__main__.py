"""``python -m tests.notebooks.lint [NOTEBOOK ...]``: check all notebooks, or those named.

Named ones are checked as they are, all of them as `cdc_lab.course.committed` says.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cdc_lab.course.committed import Chosen, under_test
from cdc_lab.course.project import find_root, notebook_files
from tests.notebooks.lint.linting import lint


def main(arguments: list[str]) -> int:
    """Print every finding; return 1 when there is one."""
    root = find_root()
    chosen = Chosen(root) if arguments else under_test(root)
    notebooks = [Path(name).resolve() for name in arguments] or notebook_files(chosen.root)
    if chosen.said:
        print(chosen.said)
    findings = [finding for path in notebooks for finding in lint(path, chosen.root)]
    for finding in findings:
        print(finding)
    print(f"{len(notebooks)} notebooks checked, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
