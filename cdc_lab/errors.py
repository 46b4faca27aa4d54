"""The kinds of refusal: the service's own errors, misuse of the lab, and packages that are not installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any


class ServiceError(Exception):
    """An error that an emulated AWS service answers with.

    The transport turns it into the ``ClientError`` that boto3 raises for that code.

    Parameters
    ----------
    code : str
        AWS's error code, such as ``ResourceNotFoundException``.
    message : str
        AWS's text.
    status : int
        HTTP status.
    **fields
        Further members of the error's shape (``CancellationReasons``, ``Item``).
    """

    def __init__(self, code: str, message: str, status: int = 400, **fields: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields


class LabError(Exception):
    """The lab itself was used wrongly: one line with the value and the remedy."""

    def _render_traceback_(self) -> list[str]:
        # A notebook asks for this: frames of the lab's own files would teach nothing, and carry paths.
        return [f"{type(self).__name__}: {self}"]


class MissingExtraError(LabError, ModuleNotFoundError):
    """What was asked for needs packages that ``pip install cdc-lab`` alone does not bring."""


def require(extra: str, what: str, *modules: str) -> None:
    """Refuse in one line where a package of an extra is not installed.

    Parameters
    ----------
    extra : str
        Of ``cdc-lab``: ``frames``, ``plots``, ``templates`` or ``course``.
    what : str
        What needs it, as the beginning of a sentence.
    *modules : str
        What must be there to import.

    Raises
    ------
    MissingExtraError
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"{what} needs {' and '.join(missing)}: pip install 'cdc-lab[{extra}]'", name=missing[0]
        )
