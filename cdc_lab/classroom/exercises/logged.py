"""What an answer logged in a run, as a reader can use it: in order, each invocation's once, and no frames."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from cdc_lab.trace import Trace

MOST_LINES = 12
_LONGEST = 400  # characters of a line: a client may have put a whole answer into its message

# How an exception looks in a log: as the end of a traceback, by its repr, by its class, in botocore's words.
_COMPLAINT = re.compile(
    r"\b(?:\w+(?:Error|Exception)|Exception|\w+(?:Exists|NotFound)(?=[:(']|$))\b|An error occurred \("
)
# Two words at least: "Failed:" may be anybody's.
_NAME = re.compile(r"\b([A-Z][a-z0-9]+[A-Z]\w*)(?=[:(\[']|$)")
_PREFIX = re.compile(r"^\[(\w+)\]\t\S+Z\t\S+\t")  # of Lambda's own logging: time and request id say nothing
_OF_LAMBDA = re.compile(r"RequestId: \S+ Error: Runtime exited|\S+Z \S+ Task timed out after ")
_TRACEBACK = "Traceback (most recent call last):"
_EXCEPTIONS = ("exception", "errorMessage")  # where a line of JSON has one
_NONES = re.compile(r"\bNone(?:, None){2,}")


def logged(trace: Trace) -> list[str]:
    """Return what the functions of a run logged, for a reader who looks for an error.

    Parameters
    ----------
    trace : Trace
        What `Lab.run` returned.

    Returns
    -------
    list of str
        In order, without time and request id, without the frames of tracebacks, without what a retry said
        again; the last dozen lines, or those up to the last exception.
    """
    logs = trace.logs
    return list(map(shortened, excerpt(readable(zip(logs["request_id"], logs["line"], strict=True)))))


def is_complaint(line: str) -> bool:
    """Whether a line tells of an exception by its name. One that holds an exception's text alone does not."""
    return _COMPLAINT.search(line) is not None or any(map(_is_exception, _NAME.findall(line)))


@lru_cache(1024)
def _is_exception(name: str) -> bool:
    """Whether an exception of that name exists in this process, also one of the reader's own."""
    kinds: list[type[BaseException]] = [BaseException]
    while kinds:
        kind = kinds.pop()
        if kind.__name__ == name:
            return True
        kinds += [below for below in kind.__subclasses__() if not issubclass(below, Warning)]
    return False


def readable(lines: Iterable[tuple[str, str]], raised: Collection[str] = ()) -> list[str]:
    """Return what the reader's code logged, as it is shown.

    Parameters
    ----------
    lines : iterable of (str, str)
        Request id and line, in order.
    raised : collection of str
        Types of the exceptions that left the functions. Lambda logs those itself; they are shown elsewhere.

    Returns
    -------
    list of str
        Without empty lines, without the frames of tracebacks, and without what an invocation logged that an
        earlier one had logged in the same words, as retries do.
    """
    seen: set[tuple[str, ...]] = set()
    found: list[str] = []
    for _, block in groupby(lines, key=lambda line: line[0]):
        told = tuple(_without_frames(_of_the_reader([line for _, line in block], raised)))
        found += told if told not in seen else ()
        seen.add(told)
    return found


def excerpt(lines: Sequence[str]) -> Sequence[str]:
    """The last lines; when none of them tells of an exception, those up to the last one that does."""
    told = [number for number, line in enumerate(lines, start=1) if is_complaint(line)]
    is_told_late = not told or told[-1] > len(lines) - MOST_LINES
    end = len(lines) if is_told_late else told[-1]
    return lines[max(0, end - MOST_LINES) : end]


def shortened(line: str) -> str:
    """A line, not too long, with its beginning and its end: causes often stand at the end."""
    line = _NONES.sub(lambda nones: f"{nones[0].count('None')} times None", line)
    if len(line) <= _LONGEST:
        return line
    half = _LONGEST // 2
    return f"{line[:half]} … {line[-half:]}"


def _of_the_reader(lines: Iterable[str], raised: Collection[str]) -> Iterator[str]:
    ends = {f"[ERROR] {kind}" for kind in raised}
    for line in lines:
        if line.partition(": ")[0] in ends:
            return  # Lambda tells last what was raised
        if not _OF_LAMBDA.match(line):
            yield line


def _without_frames(lines: Iterable[str]) -> Iterator[str]:
    is_in_frames = False
    for line in lines:
        if line.strip() == _TRACEBACK:
            is_in_frames = True
        elif not is_in_frames or not line.startswith(" "):
            is_in_frames = False
            if line.strip():
                yield _words(line.rstrip())


def _words(line: str) -> str:
    """A line of Lambda's logging without time and id; one of JSON, such as Powertools writes, in words."""
    line = _PREFIX.sub(r"[\1] ", line)
    if not line.startswith("{"):
        return line
    try:
        told = json.loads(line)
    except ValueError:
        return line
    if "message" not in told:
        return line
    level = f"[{told['level']}] " if "level" in told else ""
    lasts = [str(told[name]).strip().splitlines()[-1:] for name in _EXCEPTIONS if name in told]
    return ": ".join([f"{level}{told['message']}", *(line for last in lasts for line in last)])
