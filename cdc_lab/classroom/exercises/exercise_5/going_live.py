"""What the notebook of exercise 5 needs: the world around the handler, and the folder to deploy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cdc_lab.classroom.exercises.answer import CheckError
from cdc_lab.classroom.exercises.exercise_5.production import blanks, read
from cdc_lab.classroom.exercises.exercise_5.world import Undeployable, build, open_world
from cdc_lab.deployment.folder import Deployable
from cdc_lab.lab import Lab
from cdc_lab.show.panels import listing

__all__ = ["audit_folder", "audit_world"]


def audit_world(lab: Lab, answer: Any) -> Any:
    """Create the tables, the queue and the bucket, and put the handler behind the stream of ``flights``.

    The function has no policy yet, so it may do all; parts that are not written have AWS's defaults.

    Parameters
    ----------
    lab : Lab
        One that is open and empty.
    answer : mapping
        The five parts of exercise 5 by name.

    Returns
    -------
    boto3 Table
        ``flights``.

    Raises
    ------
    CheckError
        A part is of another form.
    ClientError
        AWS refuses a parameter.
    """
    return open_world(lab, read(answer))


def audit_folder(answer: Any, folder: str | Path) -> Deployable | None:
    """Write the folder to deploy, with the policy and the alarms that were handed in.

    Parameters
    ----------
    answer : mapping
        The five parts of exercise 5 by name.
    folder : str or Path
        A new one, or one that was written so before.

    Returns
    -------
    Deployable or None
        None as long as a part is not written, with a line that says which.

    Raises
    ------
    CheckError
        A part is of another form, AWS refuses a parameter, or the folder would lack what the handler uses.
    """
    if missing := blanks(answer):
        print(f"exercise_5: not written yet: {listing(missing, 'and')}. The folder waits.")
        return None
    try:
        return build(read(answer), Path(folder))
    except Undeployable as error:
        raise CheckError(f"exercise_5: {error}") from None
