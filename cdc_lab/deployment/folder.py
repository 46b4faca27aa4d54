"""The folder to deploy: handlers, what they import, requirements, the template, and a README."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path
from typing import NamedTuple

from cdc_lab.deployment.closure import Closure, closure_of
from cdc_lab.deployment.functions import handler_of
from cdc_lab.deployment.template import Template, runtime
from cdc_lab.errors import LabError

_LIMIT = 250  # MB; what code and layers may take, unzipped (Lambda's quota)
_PLATFORMS = {"x86_64": "manylinux2014_x86_64", "arm64": "manylinux2014_aarch64"}


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
        text = source if isinstance(source, str) else source.read_text("utf-8")
        (path / name).write_text(text, "utf-8")
    if together.patterns:
        _copy_patterns(path)
    wanted = "".join(f"{name}=={version}\n" for name, version in sorted(together.requirements.items()))
    (path / "requirements.txt").write_text(wanted, "utf-8")
    template.write(path / "template.yaml")
    zipped = _zipped(path)
    (path / _README).write_text(_readme(template, zipped), "utf-8")
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


def _readme(template: Template, zipped: int) -> str:
    platform = _PLATFORMS[template.architecture]
    function = template.world.functions[0].name
    return f"""# To deploy

This folder was written by `cdc-lab` from what a lab ran. It holds no emulator: {zipped / 1000:.0f} kB of
code as a zip. `sam build` adds the packages of `requirements.txt`; Lambda takes {_LIMIT} MB, unzipped.

Five commands, with the AWS SAM CLI and your credentials. They create resources that cost money.

1. `sam build` installs the packages for Lambda's platform ({template.architecture}, {runtime()}).
2. `sam deploy --guided` creates the stack, and asks for its name and region.
3. `aws sns subscribe --topic-arn ARN --protocol email --notification-endpoint YOU` subscribes you to the
   stack's topic `Alarms`.
4. `aws lambda list-event-source-mappings --function-name {function}` shows the mapping: State Enabled,
   and what its last batch gave.
5. `sam logs --name {function} --tail` follows the function.

`sam delete` takes the stack away. Tables, and queues with what was given up, stay: delete them yourself.

Without the SAM CLI, step 1 by hand. pydantic has compiled parts, which must be those of Lambda's platform:

    pip install -r requirements.txt --target package --platform {platform} --implementation cp \\
        --python-version {runtime().removeprefix("python")} --only-binary=:all:

## To replace a table

A new table has a new stream, with a new ARN. The mapping of this stack follows it and starts at its
StartingPosition: records of the old stream that were not yet read are not read any more. Stop the writers
first, and wait until the function has handled the last record. IteratorAge cannot tell: without records
it has no values.
"""
