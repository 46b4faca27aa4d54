"""``python -m cdc_lab.course.notebook_lint [NOTEBOOK ...]``: check all notebooks, or those named."""

from __future__ import annotations

import sys
from pathlib import Path

from cdc_lab.course.notebook_lint.lint import lint_file
from cdc_lab.course.project import find_root


def main(arguments: list[str]) -> int:
    """Print every finding; return 1 when there is one."""
    root = find_root()
    notebooks = [Path(name) for name in arguments] or sorted((root / "notebooks").rglob("[!.]*.ipynb"))
    notebooks = [path for path in notebooks if ".ipynb_checkpoints" not in path.parts]
    findings = [finding for path in notebooks for finding in lint_file(path.resolve(), root)]
    for finding in findings:
        print(finding)
    print(f"{len(notebooks)} notebooks checked, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
