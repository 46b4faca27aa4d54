"""What a notebook's process denies itself before any of the notebook's code runs."""

from __future__ import annotations

import ipaddress
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

_LARGEST_FILE = 200 * 2**20  # bytes
_NAMES_HERE = ("localhost", "", None)


class NoNetwork(OSError):
    """The notebook tried to reach another machine."""


def hold(memory: int, seconds: float) -> None:
    """Limit memory, processor time and file size where the system can, and the network to this machine.

    The network is held by an audit hook: it sees every socket that Python makes, not those of other programs.

    Parameters
    ----------
    memory : int
        Bytes that may be taken on top of what this process has already.
    seconds : float
        Of the processor.
    """
    sys.addaudithook(_stay_here)
    try:
        import resource
    except ImportError:
        return  # Windows: the parent watches memory and time
    limits = {
        # Not the address space: threads reserve much of that, and use little.
        "RLIMIT_DATA": _data() + memory,
        "RLIMIT_CPU": int(seconds) + 1,
        "RLIMIT_FSIZE": _LARGEST_FILE,
        "RLIMIT_CORE": 0,
    }
    for name, limit in limits.items():
        kind: Any = getattr(resource, name, None)
        # Some systems have the name and refuse the limit; the parent's own watch remains.
        with suppress(ValueError, OSError, TypeError):
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _data() -> int:
    """Bytes of data and stack that are taken; a generous guess where the system does not tell."""
    with suppress(OSError, ValueError, IndexError):
        import resource

        return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    return 4 * 2**30


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[-1]
        if isinstance(address, tuple) and not _is_here(address[0]):
            raise NoNetwork(f"there is no network in a check: {address[0]} is not this machine")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and not _is_here(arguments[0]):
        raise NoNetwork(f"there is no network in a check: {arguments[0]} is not this machine")


def _is_here(host: Any) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in _NAMES_HERE:
        return True
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
