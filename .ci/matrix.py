"""Fresh environments of the package, and what must hold in each: `python .ci/matrix.py oldest` (or several).

oldest   the lower bounds of pyproject.toml
locked   the versions of requirements.lock
newest   what the index has now
light    `pip install cdc-lab` alone, without pandas: its size and seconds are printed
beside   the newest together with what services have: aiobotocore, PynamoDB, Powertools, aws-sam-cli

Each is made by uv from the index, below build/matrix/. The sample services of tests/testing/services/ run in it
from the built wheel; the core suite runs from the checkout, where the environment has pandas.

--services  without the core suite
--smoke     only one of the services, and what the installed command does: the cheapest that a wheel can be asked
--sample    of the core suite the files that have found something on other versions: a minute of one core, where
            the whole takes seven
--python P  with another Python, 3.11 to 3.14: a version, or a path (the oldest packages have wheels for 3.11)
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "matrix"
SERVICES = ROOT / "tests" / "testing" / "services"
PYTHON = sys.executable

CORE = ["tests/backends", "tests/conformance", "tests/emulator", "tests/patterns", "tests/testing"]
CORE += [f"tests/test_{name}.py" for name in ("clock", "lab", "lab_attach", "spool", "testing_plugin")]
SAMPLE = ["tests/conformance", "tests/testing/test_layouts.py", "tests/testing/test_import_handler.py"]
SAMPLE += [
    f"tests/emulator/test_{name}.py" for name in ("tags", "esm_logs", "moto_parity", "http", "environment")
]
SAMPLE += [f"tests/emulator/test_{name}.py" for name in ("threads_in_handlers", "versions", "transport")]
TESTERS = ["pytest", "pytest-xdist", "hypothesis", "freezegun", "httpx", "packaging", "aws-lambda-powertools"]
BESIDE = ["aiobotocore", "aioboto3", "pynamodb", "aws-lambda-powertools", "aws-sam-cli"]
# The oldest pandas and matplotlib warn of newer ones, or do not run; they do not say so.
CONSTRAINTS = {"oldest": ["numpy<1.25", "pyparsing<3.3"]}
NEEDS = {"powertools": "aws_lambda_powertools", "asynchronous": "aiobotocore"}
# What somebody has who knows nothing of the project but the wheel: a handler that counts twice, and an event.
HANDLER = """
import boto3
totals = boto3.resource("dynamodb").Table("totals")

def handler(event, context):
    for record in event["Records"]:
        totals.update_item(Key={"id": "all"}, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": 1})
"""
EVENT = """{"Records": [{"eventID": "1", "eventName": "REMOVE", "eventSource": "aws:dynamodb", "dynamodb":
 {"Keys": {"order_id": {"S": "o1"}}, "SequenceNumber": "1"}, "eventSourceARN": "arn:aws:dynamodb:x:1:table/orders"}]}"""
DAY = "from cdc_lab.classroom.datasets import load_day; print(len(load_day('2013-03-08').changes()) > 1000)"
NAMES = ("oldest", "locked", "newest", "light", "beside")


def uv(*arguments: str | Path) -> None:
    """Run uv; what it cannot install, pip installs, which knows mirrors that uv's settings may not name."""
    program = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    given = [str(argument) for argument in arguments]
    # The certificates that the machine's owner trusts, as in the set-up.
    environment = {"UV_SYSTEM_CERTS": "1", **os.environ}
    done = subprocess.run([program, *given], cwd=ROOT, env=environment)
    if done.returncode and given[:2] == ["pip", "install"]:
        print("uv could not; trying pip, which is slower", flush=True)
        target = given.index("--python") + 1
        rest = [item for place, item in enumerate(given[2:], start=2) if place not in (target - 1, target)]
        pip = [sys.executable, "-m", "pip", "--python", given[target], "install"]
        done = subprocess.run([*pip, *rest], cwd=ROOT)
    done.check_returncode()


def wheel() -> Path:
    """Build the wheel, and return it."""
    target = FOLDER / "dist"
    shutil.rmtree(target, ignore_errors=True)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return next(target.glob("*.whl"))


def make(name: str, built: Path, version: str) -> Path:
    """Make an environment, and return its interpreter."""
    folder = FOLDER / name
    uv("venv", "--quiet", "--clear", "--python", version, folder)
    python = next(path for path in (folder / "bin/python", folder / "Scripts/python.exe") if path.exists())
    install = ["pip", "install", "--quiet", "--python", python]
    started = time.monotonic()
    if name == "light":
        uv(*install, built)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
        print(f"light: {size:.0f} MB in {time.monotonic() - started:.1f} s", flush=True)
        uv(*install, "pytest")
        return python
    pins = FOLDER / f"{name}.txt"
    pins.unlink(missing_ok=True)
    if name == "oldest":
        limits = FOLDER / "constraints.txt"
        limits.write_text("\n".join(CONSTRAINTS[name]))
        compile_ = ["pip", "compile", "--quiet", "pyproject.toml", "--extra", "plots", "--python", python]
        uv(*compile_, "--resolution", "lowest-direct", "--constraint", limits, "--no-header", "-o", pins)
    elif name == "locked":
        lines = (ROOT / "requirements.lock").read_text("utf-8")
        pins.write_text(
            "\n".join(re.findall(r"^([a-z0-9][^\s\\]*==[^\s\\;]+(?: ;[^\\\n]+)?)", lines, re.MULTILINE))
        )
    held = ["--constraint", pins] if pins.exists() else []
    uv(*install, *held, f"{built}[plots]", *TESTERS, *(BESIDE if name == "beside" else []))
    return python


def environment_of_a_user() -> dict[str, str]:
    """The process's environment, without what is this repository's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PY", "CDC_"))}
    # Handlers are imported at the top of the tests: there, boto3 needs a region, as on anybody's machine.
    return kept | {"AWS_DEFAULT_REGION": "eu-west-1"}


def run_commands(python: Path) -> bool:
    """Run the installed command in a folder that has nothing but a handler; return whether it does as it should."""
    folder = FOLDER / "newcomer"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "shop.py").write_text(HANDLER)
    (folder / "event.json").write_text(EVENT)
    has_pandas = not subprocess.run([python, "-c", "import pandas"], capture_output=True).returncode
    command = python.with_name("cdc-lab")
    source = ["--source", "orders:order_id", "--table", "totals:id"]
    good = True
    for arguments, code, text in (
        ([command, "--help"], 0, "try"),
        ([command, "try", "shop.handler", *source], 0, "totals: [{'id': 'all', 'n': Decimal('20')}]"),
        (
            [command, "try", "shop.py:handler", *source, "--faults"],
            1,
            "It holds undisturbed, and fails under",
        ),
        ([command, "replay", "event.json", "shop.handler", "--table", "totals:id"], 0, "UpdateItem ok"),
        ([command, "start", "course", "--no-lab"], 0, "your notebooks: "),
        (
            [python, "-c", DAY],
            0 if has_pandas else 1,
            "True" if has_pandas else "pip install 'cdc-lab[frames]'",
        ),
    ):
        done = subprocess.run(
            arguments, cwd=folder, env=environment_of_a_user(), capture_output=True, text=True
        )
        if done.returncode != code or text not in done.stdout + done.stderr:
            print(f"  {arguments[1:]} ended with {done.returncode}: {done.stdout}{done.stderr}", flush=True)
            good = False
    good &= (folder / "course" / "01_streams_intro.ipynb").is_file()
    print(f"  its commands: {'as they should be' if good else 'not as they should be'}", flush=True)
    return good


def run_services(python: Path, chosen: str = "") -> bool:
    """Run the sample services, or one, with an environment's wheel; return whether they pass and fail rightly."""
    good = True
    for service in sorted(path for path in SERVICES.iterdir() if path.is_dir() and chosen in ("", path.name)):
        needed = NEEDS.get(service.name)
        if needed and subprocess.run([python, "-c", f"import {needed}"], capture_output=True).returncode:
            print(f"  {service.name}: left out, for want of {needed}")
            continue
        copy = FOLDER / "services" / service.name
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(service, copy)
        command = [python, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "-p", "no:anyio"]
        done = subprocess.run(command, cwd=copy, env=environment_of_a_user(), capture_output=True, text=True)
        lines = re.findall(r"^(PASSED|FAILED|ERROR) \S*?(?:::)?(test_\w+)(?: |$)", done.stdout, re.MULTILINE)
        found = {(outcome, name) for outcome, name in lines}
        as_it_should = found == {("PASSED", "test_right"), ("FAILED", "test_wrong")}
        as_it_should &= "It holds undisturbed, and fails under" in done.stdout
        print(
            f"  {service.name}: {'as it should be' if as_it_should else done.stdout + done.stderr}",
            flush=True,
        )
        good &= as_it_should
    return good


def run_core(python: Path, files: list[str]) -> bool:
    """Run the core suite of the checkout, or some of it."""
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:anyio", *files]
    return subprocess.run(command, cwd=ROOT).returncode == 0


def main(arguments: list[str]) -> int:
    """Make the environments that are named, and return 0 where all holds in them."""
    parser = argparse.ArgumentParser(description="Runs the tests on other versions of the packages.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--services", action="store_true", help="without the core suite")
    parser.add_argument("--smoke", action="store_true", help="one service, and the installed command")
    parser.add_argument("--sample", action="store_true", help="a minute of the core suite")
    parser.add_argument(
        "--python",
        default=PYTHON,
        metavar="PYTHON",
        help="a version, or a path (default: the one that runs this)",
    )
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"no environment {unknown[0]!r}: there are {', '.join(NAMES)}")
    built, good = wheel(), True
    for name in options.names or ["oldest", "locked", "newest"]:
        python = make(name, built, options.python)
        shown = subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.strip()
        print(f"{name}: {shown}, {python}", flush=True)
        good &= run_commands(python)
        good &= run_services(python, "flat" if options.smoke else "")
        if name != "light" and not (options.services or options.smoke):
            good &= run_core(python, SAMPLE if options.sample else CORE)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
