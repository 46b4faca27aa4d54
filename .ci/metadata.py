"""The links of the package's metadata: below the project's address, or none while it has no address.

An index shows the README apart from the checkout, so a path such as notebooks/x.ipynb leads nowhere there.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_IMAGE = re.compile(r"!\[([^\]]*)\]\((?!https?://)([^)]+)\)\n*")
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])+)\]\((?!https?://|#)([^)]+)\)")


class LinksHook(MetadataHookInterface):
    """Fills in `readme` and `urls` from ``[tool.hatch.metadata.hooks.custom] address``."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set what is dynamic."""
        address = self.config["address"].rstrip("/")
        text = (Path(self.root) / "README.md").read_text("utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": with_links(text, address)}
        if address:
            metadata["urls"] = {"Homepage": address, "Issues": f"{address}/issues"}


def with_links(text: str, address: str) -> str:
    """Return a README whose relative links lead below an address; without one their text stays."""
    if not address:
        return _LINK.sub(r"\1", _IMAGE.sub("", text))
    text = _IMAGE.sub(lambda found: f"![{found[1]}]({address}/raw/main/{found[2]})\n\n", text)
    return _LINK.sub(lambda found: f"[{found[1]}]({address}/blob/main/{found[2]})", text)
