"""Handlers as Lambda names them: ``module.function``, imported as a cold start imports it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import cast
from unittest.mock import patch

from cdc_lab.emulator.lambda_.code_folders import INSTALLED, CodeFolder, at_path
from cdc_lab.emulator.lambda_.environments import IMPORTED
from cdc_lab.emulator.lambda_.functions import Handler
from cdc_lab.errors import LabError


def import_handler(
    where: str,
    *also: str,
    environment: Mapping[str, str] | None = None,
    code_uri: str | Path | None = None,
    layers: Iterable[str | Path] = (),
) -> Handler:
    """Import a handler as a cold start does: your modules' top levels run anew, in the lab that is open.

    So each call gives a handler with a memory of its own. Without `code_uri` every module is forgotten that
    lies in the folder of the handler's top-level module or package, or below it; installed packages stay. Who
    imported one of them before keeps the old one.

    Parameters
    ----------
    where : str
        Module and function, as Lambda's ``Handler`` setting: ``"shop.handlers.on_order"``. Or the file and
        the function: ``"services/orders/app.py:handler"``.
    *also : str
        Further modules to import anew with it: those that have a memory and lie elsewhere.
    environment : mapping of str to str, optional
        Set in ``os.environ`` meanwhile.
    code_uri : str or Path, optional
        The folder of the function's code, as ``CodeUri`` in a template of SAM: `where` is looked up there, as
        on Lambda, whatever else the process has imported by these names. A file names its folder itself.
    layers : iterable of str or Path
        Folders of the function's layers, as ``ContentUri`` names them.

    Raises
    ------
    LabError
        Where there is no such folder, module or function.

    Examples
    --------
    ::

        import_handler("app.handler", code_uri="services/orders", layers=["layers/common"])
    """
    found_file = at_path(where)
    if found_file is not None:
        code_uri, where = (found_file[0] if code_uri is None else code_uri), found_file[1]
    module, _, name = where.rpartition(".")
    if not module:
        raise LabError(
            f"handler {where!r} names no module: write 'module.function', or 'path/to/file.py:function'"
        )
    if code_uri is not None:
        with _in(environment or {}):
            found = getattr(CodeFolder(code_uri, layers).import_module(module), name, None)
    elif layers:
        raise LabError(f"layers={layers!r}: give the folder of the function's code, too: code_uri='...'")
    else:
        with _forgotten(module, *_modules_beside(module), *also), _in(environment or {}):
            found = getattr(importlib.import_module(module), name, None)
    if not callable(found):
        raise LabError(f"module {module} has no function {name!r}")
    with suppress(TypeError):  # an object that cannot be a key
        IMPORTED[found] = partial(
            import_handler, where, *also, environment=environment, code_uri=code_uri, layers=layers
        )
    return cast(Handler, found)


@contextmanager
def _in(environment: Mapping[str, str]) -> Iterator[None]:
    """Set the function's environment; who asks for a variable that is not there is told how to give it."""
    with patch.dict(os.environ, environment):
        try:
            yield
        except KeyError as error:
            name = error.args[0] if error.args else None
            if isinstance(name, str) and name.isupper() and name not in os.environ:
                error.add_note(
                    f"If that is a variable of the handler's: give environment={{{name!r}: '...'}}."
                )
            raise


def _modules_beside(name: str) -> list[str]:
    """The modules loaded from the folder of a top-level module or package, or from below it."""
    spec = importlib.util.find_spec(name.split(".")[0])
    places = [] if spec is None else list(spec.submodule_search_locations or [spec.origin or ""])
    folders = {os.path.dirname(os.path.abspath(place)) + os.sep for place in places if os.path.exists(place)}
    own = tuple(folders)
    # The folder is asked first: of a thousand modules few lie there.
    return [
        loaded
        for loaded, module in sys.modules.copy().items()
        if (getattr(module, "__file__", None) or "").startswith(own)
        and not any(f"{os.sep}{name}{os.sep}" in str(module.__file__) for name in INSTALLED)
        and loaded.split(".")[0] not in _KEPT
    ]


_KEPT = frozenset({"cdc_lab", "__main__", *sys.stdlib_module_names})


@contextmanager
def _forgotten(*names: str) -> Iterator[None]:
    before: dict[str, ModuleType | None] = {
        name: sys.modules.pop(name, None) for name in dict.fromkeys(names)
    }
    try:
        yield
    finally:
        for name, module in before.items():
            if module is not None:  # whoever imported it earlier keeps meeting the same module
                sys.modules[name] = module
