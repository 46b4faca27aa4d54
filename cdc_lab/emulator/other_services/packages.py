"""What moto needs beside its plain installation is named when it is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cdc_lab.emulator.other_services.unemulated import refuse_unemulated
from cdc_lab.errors import LabError


def call_of_moto(call: Callable[..., Any], client: Any, operation: str, params: dict[str, Any]) -> Any:
    """Make a call that moto answers: for some services it needs more packages than it brings."""
    refuse_unemulated(client.meta.service_model.service_name, operation, params)
    try:
        return call(client, operation, params)
    except ModuleNotFoundError as error:
        service = client.meta.service_model.service_name
        raise LabError(
            f"moto answers {service} with the help of the package {error.name!r}, which is not installed: "
            f"pip install 'moto[{service}]'"
        ) from None
