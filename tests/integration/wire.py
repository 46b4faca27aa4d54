"""AWS's JSON protocol over plain HTTP: botocore's wire format without botocore's client.

While a lab is open every boto3 client of the process is the lab's, so genuine DynamoDB Local is
reached without one. The parameters and answers are those of boto3 all the same, because botocore's
own serializer and parser write and read them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import urllib3
from botocore.exceptions import ClientError
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.session import get_session

# DynamoDB Local wants a signature's form and does not check it.
UNCHECKED_SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential=fake/20130308/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0" * 64
)


@cache
def service_model(service: str) -> ServiceModel:
    """The API model that boto3's client of this service is made from."""
    return get_session().get_service_model(service)


def wire_form(operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a DynamoDB call as it goes over the wire: binary values as base64 text."""
    serializer = create_serializer("json", include_validation=False)
    model = service_model("dynamodb").operation_model(operation)
    body: dict[str, Any] = json.loads(serializer.serialize_to_request(dict(params), model)["body"])
    return body


class WireClient:
    """Calls an AWS JSON endpoint as boto3 would, and raises the ``ClientError`` that boto3 would.

    Parameters
    ----------
    url : str
        The endpoint, such as ``http://127.0.0.1:8000``.
    timeout : float
        Seconds to wait for a connection, and for each read.
    """

    def __init__(self, url: str, timeout: float = 20.0) -> None:
        self.url = url.rstrip("/")
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False)
        self._serializer = create_serializer("json", include_validation=False)
        self._parser = create_parser("json")

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make one call.

        Parameters
        ----------
        service : str
            boto3's name: ``dynamodb`` or ``dynamodbstreams``.
        operation : str
            The API's name, such as ``PutItem``.
        params : Mapping
            As boto3 takes them; binary values are ``bytes``.

        Returns
        -------
        dict
            As boto3 gives it.

        Raises
        ------
        botocore.exceptions.ClientError
            The endpoint answered with an error.
        urllib3.exceptions.HTTPError
            No answer came, or none in time.
        """
        model = service_model(service).operation_model(operation)
        request = self._serializer.serialize_to_request(dict(params), model)
        headers = {
            **request["headers"],
            "Authorization": UNCHECKED_SIGNATURE,
            "X-Amz-Date": "20130308T100000Z",
        }
        response = self._pool.request("POST", self.url + "/", body=request["body"], headers=headers)
        raw = {"status_code": response.status, "headers": dict(response.headers), "body": response.data}
        answer = self._parse(raw, model.output_shape)
        if response.status >= 300:
            self._add_members(service, raw, answer)
            raise ClientError(answer, operation)  # type: ignore[arg-type]
        return answer

    def _add_members(self, service: str, raw: dict[str, Any], answer: dict[str, Any]) -> None:
        """Read what an error carries beside code and message (``CancellationReasons``, ``Item``)."""
        shape = service_model(service).shape_for_error_code(answer["Error"]["Code"])
        if shape is not None:
            answer.update({k: v for k, v in self._parse(raw, shape).items() if k not in answer})

    def _parse(self, raw: dict[str, Any], shape: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._parser.parse(raw, shape)
        return answer
