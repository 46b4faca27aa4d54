"""A small git checkout for tests."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git(folder: Path, *arguments: str) -> str:
    """Run git there and return what it printed."""
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.autocrlf=false"]
    answer = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return answer.stdout


def commit_all(folder: Path) -> None:
    """Make a repository of a folder, where it is none, and commit all that is in it."""
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "x")
