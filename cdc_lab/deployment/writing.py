"""A template as YAML: short forms of functions, and a comment above what needs one."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from cdc_lab.deployment.resources import Resource
from cdc_lab.errors import LabError

_WIDTH = 108
_SHORT = {"Ref": "!Ref", "Fn::Sub": "!Sub", "Fn::GetAtt": "!GetAtt"}
_QUOTED = re.compile(r"!(Ref|GetAtt) '([\w.:]+)'")  # PyYAML quotes what has a tag
_HEAD = (
    "Written by cdc-lab from what a lab ran. Deploy it with: sam build && sam deploy --guided\n"
    "WS1000 is off: tracing by X-Ray is a choice of yours; a stream's records carry no trace to go on with."
)


class _Tagged:
    """A value with a tag: ``!Ref FlightsTable``."""

    def __init__(self, tag: str, value: str) -> None:
        self.tag = tag
        self.value = value


def written(
    head: Mapping[str, Any],
    resources: Sequence[Resource],
    outputs: Mapping[str, Any],
    left_out: Sequence[str] = (),
) -> str:
    """Return the YAML of a template.

    Parameters
    ----------
    left_out : sequence of str
        Tables of the lab that are not in it, for a comment.
    """
    said = f"\nLeft out, for no function reads or calls them: {', '.join(left_out)}" if left_out else ""
    parts = [
        _comment(_HEAD + said, 0),
        *(_dump({key: value}) for key, value in head.items()),
        "\nResources:\n",
    ]
    for resource in resources:
        comment = _comment(resource.why, 2) if resource.why else ""
        parts.append(comment + textwrap.indent(_dump({resource.logical_id: resource.body}), "  ") + "\n")
    parts.append(_dump({"Outputs": outputs}) if outputs else "")
    return "".join(parts).rstrip("\n") + "\n"


def _comment(text: str, indent: int) -> str:
    lines = [
        line
        for one in text.splitlines()
        for line in textwrap.wrap(
            one, _WIDTH - 2 - indent, subsequent_indent=" " * (len(one) - len(one.lstrip()))
        )
    ]
    return "".join(f"{' ' * indent}# {line}\n" for line in lines)


def _dump(value: Any) -> str:
    try:
        import yaml
    except ModuleNotFoundError:
        raise LabError("a template is written with PyYAML, which is missing: pip install pyyaml") from None

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]
        def ignore_aliases(self, data: Any) -> bool:
            return True

    def tagged(dumper: Any, one: _Tagged) -> Any:
        return dumper.represent_scalar(one.tag, one.value, style="|" if "\n" in one.value else None)

    Dumper.add_representer(_Tagged, tagged)
    text: str = yaml.dump(_shortened(value), Dumper=Dumper, sort_keys=False, width=_WIDTH, allow_unicode=True)
    return _QUOTED.sub(r"!\1 \2", text)


def _shortened(value: Any) -> Any:
    if isinstance(value, Mapping):
        if len(value) == 1:
            (key, inner) = next(iter(value.items()))
            if key in _SHORT and (isinstance(inner, str) or key == "Fn::GetAtt"):
                return _Tagged(_SHORT[key], inner if isinstance(inner, str) else ".".join(inner))
        return {key: _shortened(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_shortened(inner) for inner in value]
    return value
