"""Runs DynamoDB calls on plain moto in a process of its own: pickled calls in, pickled outcomes out.

Plain moto and the lab cannot share a process: a lab puts its own backend in moto's place.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

Call = tuple[str, dict[str, Any]]
Outcome = tuple[str, Any]
"""``ok`` and the answer; ``refused`` and the error's response; ``python`` and the name of an exception."""


def outcome_of(client: Any, operation: str, params: dict[str, Any]) -> Outcome:
    """Make one call."""
    from botocore.exceptions import ClientError, ParamValidationError

    try:
        return "ok", client._make_api_call(operation, params)
    except ClientError as error:
        return "refused", error.response
    except ParamValidationError as error:
        return "refused", str(error)
    except Exception as error:
        return "python", type(error).__name__


def on_plain_moto(histories: list[list[Call]]) -> list[list[Outcome]]:
    """Outcomes of histories, each on an account of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.emulator.plain_moto"],
        input=pickle.dumps(histories),
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    outcomes: list[list[Outcome]] = pickle.loads(done.stdout)
    return outcomes


def main() -> None:
    """Answer the histories on standard input."""
    import boto3
    from moto import mock_aws

    histories = pickle.load(sys.stdin.buffer)
    outcomes = []
    for history in histories:
        with mock_aws():
            client = boto3.client(
                "dynamodb", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
            )
            outcomes.append([outcome_of(client, operation, params) for operation, params in history])
    pickle.dump(outcomes, sys.stdout.buffer)


if __name__ == "__main__":
    main()
