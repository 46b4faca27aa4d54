"""The folder to deploy: handlers, what they import, requirements, the template, and a README."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path
from typing import NamedTuple

from cdc_lab.deployment.closure import Closure, closure_of
from cdc_lab.deployment.functions import handler_of
from cdc_lab.deployment.readme import readme
from cdc_lab.deployment.template import Template
from cdc_lab.errors import LabError


class Deployable(NamedTuple):
    """A folder that was written.

    Attributes
    ----------
    path : Path
    files : tuple of str
        Within it, sorted.
    zipped : int
        Bytes of its code as a zip, without what requirements.txt brings.
    """

    path: Path
    files: tuple[str, ...]
    zipped: int

    def __repr__(self) -> str:
        return (
            f"<Deployable {self.path.name}/: {len(self.files)} files, {self.zipped / 1000:.0f} kB zipped, "
            "without the packages of requirements.txt>"
        )


def write_folder(template: Template, folder: str | Path) -> Deployable:
    """Write all that it takes to deploy what a lab ran.

    Parameters
    ----------
    template : Template
    folder : str or Path
        A new one, or one that was written so before; other folders are refused.

    Raises
    ------
    LabError
        For a handler that imports what cannot be deployed, with the line; and for a folder with other things.
    """
    path = Path(folder)
    closures = [
        closure_of(one.name, one.function.handler, handler_of(one.function).rpartition(".")[0])
        for one in template.world.functions
    ]
    together = _together(closures)
    _empty(path)
    for name, source in together.files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        held = source.encode("utf-8") if isinstance(source, str) else source.read_bytes()
        (path / name).write_bytes(held)
    if together.patterns:
        _copy_patterns(path)
    wanted = "".join(f"{name}=={version}\n" for name, version in sorted(together.requirements.items()))
    (path / "requirements.txt").write_text(wanted, "utf-8")
    template.write(path / "template.yaml")
    zipped = _zipped(path)
    (path / _README).write_text(readme(template, zipped), "utf-8")
    return Deployable(path, tuple(_files(path)), zipped)


def _together(closures: list[Closure]) -> Closure:
    files: dict[str, str | Path] = {}
    requirements: dict[str, str] = {}
    for closure in closures:
        for name, source in closure.files.items():
            if files.setdefault(name, source) != source:
                raise LabError(
                    f"two handlers stand in different cells, and both would be {name}: write each into a "
                    "module of its own, and attach it by its name, lab.attach('module.function', table)"
                )
        requirements |= closure.requirements
    return Closure(files, requirements, any(closure.patterns for closure in closures))


_README = "README.md"
_OURS = "template.yaml"


def _empty(path: Path) -> None:
    """Make the folder, or empty it of what was written before."""
    if path.exists():
        if not path.is_dir() or (any(path.iterdir()) and not (path / _OURS).exists()):
            raise LabError(
                f"{path} is no folder to deploy: name a new one, or one that was written so before"
            )
        shutil.rmtree(path)
    path.mkdir(parents=True)


def _copy_patterns(path: Path) -> None:
    source = Path(__file__).resolve().parents[1] / "patterns"
    target = path / "cdc_lab"
    shutil.copytree(source, target / "patterns", ignore=shutil.ignore_patterns("__pycache__"))
    (target / "__init__.py").write_text(
        '"""The patterns alone: the laboratory is not deployed."""\n', "utf-8"
    )


def _files(path: Path) -> list[str]:
    return sorted(one.relative_to(path).as_posix() for one in path.rglob("*") if one.is_file())


def _zipped(path: Path) -> int:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in _files(path):
            if name.endswith(".py"):
                archive.write(path / name, name)
    return len(held.getvalue())
