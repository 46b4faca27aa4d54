"""A debugger that a notebook can use without a person at its prompt."""

from __future__ import annotations

import io
import pdb

_PROMPT = "(Pdb) "


def ask_debugger(error: BaseException, *commands: str) -> dict[str, str]:
    """Type commands at the debugger's prompt, at the place where an error was raised.

    The same as ``%debug`` in a notebook, or ``python -m pdb -c continue`` in a terminal, with the commands
    given beforehand.

    Parameters
    ----------
    error : exception
        That was raised and caught.
    *commands : str
        As typed: ``p new``, ``u``, ``p len(event["Records"])``.

    Returns
    -------
    dict of str to str
        What was answered to each command.

    Examples
    --------
    >>> try:
    ...     {}["tailnum"]
    ... except KeyError as failed:
    ...     error = failed
    >>> ask_debugger(error, "p 1 + 1")
    {'p 1 + 1': '2'}
    """
    typed, answers = io.StringIO("\n".join([*commands, "q", ""])), io.StringIO()
    debugger = pdb.Pdb(stdin=typed, stdout=answers, nosigint=True, readrc=False)
    debugger.prompt = _PROMPT  # in a notebook's kernel the class is IPython's, with a prompt of its own
    debugger.reset()
    debugger.interaction(None, error.__traceback__)
    return {
        command: answer.strip()
        for command, answer in zip(commands, answers.getvalue().split(_PROMPT)[1:], strict=False)
    }
