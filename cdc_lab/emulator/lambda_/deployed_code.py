"""Code as it is deployed: a zip or a folder, with layers, imported as a cold start imports it."""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from cdc_lab.emulator.lambda_.code_folders import INSTALLED
from cdc_lab.emulator.lambda_.functions import Handler
from cdc_lab.emulator.lambda_.handlers import import_handler
from cdc_lab.errors import LabError

_INLINE = "index.py"  # how Lambda calls the file of a Code.ZipFile


class DeployedCode:
    """The code of the functions and layers of one lab, as long as it is open.

    Attributes
    ----------
    local : dict of (str, str) to Path
        Folders on this machine by the bucket and key under which a template names them: what ``sam package``
        would upload is imported from where it lies, so that a debugger finds it.
    layers : dict of str to Path
        By ARN.
    """

    def __init__(self) -> None:
        self.local: dict[tuple[str, str], Path] = {}
        self.layers: dict[str, Path] = {}
        self._root: Path | None = None
        self._count = 0
        self._paths: list[str] = []
        self._modules: set[str] = set()
        self._hidden: dict[str, ModuleType] = {}

    def close(self) -> None:
        """Forget all of it."""
        for path in self._paths:
            if path in sys.path:
                sys.path.remove(path)
        for name in self._modules:
            sys.modules.pop(name, None)
        sys.modules.update(self._hidden)
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)

    def inline(self, text: str) -> Path:
        """Return a folder with code that stands in a template."""
        folder = self._new_folder()
        (folder / _INLINE).write_text(text, "utf-8")
        return folder

    def unpacked(self, content: bytes, what: str) -> Path:
        """Return a folder with what is in a zip.

        Raises
        ------
        LabError
            For bytes that are no zip, and for one that reaches out of its folder.
        """
        folder = self._new_folder()
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                archive.extractall(folder)
        except zipfile.BadZipFile:
            raise LabError(f"{what} is no zip file: zip the folder with the handler") from None
        return folder

    def _new_folder(self) -> Path:
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="cdc-lab-code-"))
        self._count += 1
        folder = self._root / str(self._count)
        folder.mkdir()
        return folder

    def handler(
        self,
        function_name: str,
        folder: Path,
        where: str,
        layers: Sequence[str],
        environment: Mapping[str, str],
    ) -> Handler:
        """Import a function's handler.

        Parameters
        ----------
        where : str
            The ``Handler`` setting: ``app.handler``, ``src/app.handler``.
        layers : sequence of str
            ARNs.

        Raises
        ------
        LabError
            For code that cannot be imported, with what it lacks and the remedy.
        """
        own = [self.layers[arn] for arn in layers if arn in self.layers]
        foreign = [arn for arn in layers if arn not in self.layers]
        paths = [folder, *(path for layer in own for path in _paths_of(layer))]
        with self._importing([str(path) for path in paths]):
            try:
                return import_handler(where.replace("/", "."), environment=environment)
            except ModuleNotFoundError as error:
                raise LabError(_missing(function_name, folder, where, str(error.name), foreign)) from None
            except LabError as error:
                raise LabError(f"function {function_name!r}: {error}") from None

    @contextmanager
    def _importing(self, paths: Sequence[str]) -> Iterator[None]:
        """Inside, modules come from these folders first; afterwards they can still be imported from there."""
        for path in paths:
            if path in sys.path:
                sys.path.remove(path)
        sys.path[:0] = paths
        self._paths += paths
        names = {name for path in paths for name in _importable(Path(path))}
        for name in [name for name in sys.modules if name.split(".")[0] in names]:
            module = sys.modules.pop(name)
            if name not in self._modules:  # the user's own, of the same name: given back at the end
                self._hidden[name] = module
        try:
            yield
        finally:
            self._modules |= {name for name in sys.modules if name.split(".")[0] in names}


def _paths_of(layer: Path) -> list[Path]:
    """Return where modules of a layer lie: Lambda looks into ``python/``, and SAM builds a bare folder."""
    found = [layer / "python", *layer.glob("python/lib/python3.*/site-packages"), layer]
    return [path for path in found if path.is_dir()]


def _importable(folder: Path) -> set[str]:
    """Return the modules that a folder brings, without those that this environment has installed.

    A package that was built for Lambda's platform may not run here; the installed one does.
    """
    found = set()
    for path in folder.iterdir() if folder.is_dir() else ():
        name = path.stem if path.suffix == ".py" else path.name if path.is_dir() else ""
        if name.isidentifier() and name not in sys.stdlib_module_names and not _is_installed(name):
            found.add(name)
    return found


def _is_installed(name: str) -> bool:
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return False
    places = [] if spec is None else [spec.origin or "", *(spec.submodule_search_locations or ())]
    return name == "cdc_lab" or any(
        f"{os.sep}{part}{os.sep}" in str(place) for place in places for part in INSTALLED
    )


def _missing(function_name: str, folder: Path, where: str, name: str, foreign: Sequence[str]) -> str:
    module = where.replace("/", ".").rpartition(".")[0]
    if name == module.split(".")[0] or name == module:
        return (
            f"function {function_name!r}: there is no module {module!r} in {folder.name}/ (Handler: {where})"
        )
    text = f"function {function_name!r} imports {name!r}, which neither its code nor this environment has: "
    if foreign:
        text += f"its layer {foreign[0]} is another account's; "
    return f"{text}pip install it here"
