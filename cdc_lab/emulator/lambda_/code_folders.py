"""The code of a function as SAM packages it: a folder, and layers beside it, with its own import path.

On Lambda each function has its own ``/var/task`` and ``/opt/python``: two functions may each have an
``app.py`` and a ``utils.py``. Here they share one process. So the modules of a folder import from that folder
and its layers first, also long after they were imported themselves, and nobody else meets them.
"""

from __future__ import annotations

import builtins
import importlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from cdc_lab.errors import LabError


class CodeFolder(MetaPathFinder):
    """What was deployed together, imported once: each further one of the same folder starts anew.

    Parameters
    ----------
    code_uri : str or Path
        The folder that has the handler's module, as ``CodeUri`` names it.
    layers : iterable of str or Path
        Folders of layers, as ``ContentUri`` names them: their ``python/``, where they have one, comes after
        the function's own folder.

    Raises
    ------
    LabError
        For what is no folder.
    """

    def __init__(self, code_uri: str | Path, layers: Iterable[str | Path] = ()) -> None:
        if isinstance(layers, str | Path):
            raise LabError(f"layers={str(layers)!r}: give a list of folders, layers=[{str(layers)!r}]")
        folders = [_folder(code_uri, "code_uri"), *(_folder(layer, "layers") for layer in layers)]
        inner = [folder / "python" for folder in folders[1:]]
        self._path = [
            str(folder)
            for folder in (
                folders[0],
                *(i if i.is_dir() else f for i, f in zip(inner, folders[1:], strict=True)),
            )
        ]
        self._tops = {top for folder in self._path for top in _tops(folder)}
        self._modules: dict[str, ModuleType] = {}
        self._builtins = {**vars(builtins), "__import__": self._importing(builtins.__import__)}

    def import_module(self, name: str) -> ModuleType:
        """Import a module of the folder.

        Raises
        ------
        LabError
            Where the folder has none of that name.
        """
        with self._in_front():
            try:
                return importlib.import_module(name)
            except ModuleNotFoundError as error:
                if error.name != name.partition(".")[0] and error.name != name:
                    raise
                raise LabError(f"no module {name!r} in {' or '.join(self._path)}") from None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module in the folder and its layers; for Python's import system."""
        if fullname.partition(".")[0] not in self._tops:
            return None
        spec = PathFinder.find_spec(fullname, self._path if path is None else path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(fullname, spec.loader.path, self._builtins)
        return spec

    def _importing(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        def import_in_front(*args: Any, **kwargs: Any) -> Any:
            with self._in_front():
                return plain(*args, **kwargs)

        return import_in_front

    @contextmanager
    def _in_front(self) -> Iterator[None]:
        """Inside, an import finds the folder's own modules, and nobody else's of these names."""
        if self in sys.meta_path:
            yield
            return
        hidden = {
            name: found for name, found in sys.modules.copy().items() if name.partition(".")[0] in self._tops
        }
        for name in hidden:
            del sys.modules[name]
        sys.modules.update(self._modules)
        sys.meta_path.insert(0, self)
        importlib.invalidate_caches()
        try:
            yield
        finally:
            sys.meta_path.remove(self)
            for name, module in sys.modules.copy().items():
                if isinstance(getattr(module, "__loader__", None), _Loader) and self._is_own(module):
                    self._modules[name] = module
                    del sys.modules[name]
            sys.modules.update(hidden)

    def _is_own(self, module: ModuleType) -> bool:
        return vars(module).get("__builtins__") is self._builtins


class _Loader(SourceFileLoader):
    """Runs a module with an ``import`` of its folder's."""

    def __init__(self, fullname: str, path: str, own: dict[str, Any]) -> None:
        super().__init__(fullname, path)
        self._own = own

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = self._own
        super().exec_module(module)


def _tops(folder: str) -> Iterator[str]:
    """Yield the names of the modules and packages in a folder that are not installed beside the tests.

    A built folder brings its dependencies, and a boto3 of its own would not be the lab's.
    """
    for entry in os.scandir(folder):
        name, suffix = os.path.splitext(entry.name)
        if not name.isidentifier() or (not entry.is_dir() if not suffix else suffix != ".py"):
            continue
        if name not in sys.stdlib_module_names and not _is_installed(name):
            yield name


def _is_installed(name: str) -> bool:
    found = PathFinder.find_spec(name)
    places = [] if found is None else [found.origin or "", *(found.submodule_search_locations or ())]
    return any(f"{os.sep}{kind}{os.sep}" in place for place in places for kind in INSTALLED)


INSTALLED = ("site-packages", "dist-packages")
"""Folders of installed packages."""


def _folder(given: str | Path, parameter: str) -> Path:
    folder = Path(given).absolute()
    if not folder.is_dir():
        raise LabError(f"{parameter}={str(given)!r}: there is no such folder in {Path.cwd()}")
    return folder


def at_path(where: str) -> tuple[Path, str] | None:
    """Return the folder and the dotted name of a handler that is named by its file, None for one that is not.

    Examples
    --------
    ``services/orders/app.py:handler`` is ``app.handler`` in ``services/orders``.
    """
    file, colon, function = where.rpartition(":")
    if not colon or not file.endswith(".py"):
        return None
    path = Path(file).absolute()
    if not path.is_file():
        raise LabError(f"handler {where!r}: there is no such file in {Path.cwd()}")
    parts = [function, path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file():
        parts.append(folder.name)
        folder = folder.parent
    return folder, ".".join(reversed(parts))
