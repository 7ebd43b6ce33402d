"""The client of DynamoDB: botocore's, with less to do for each request.

Half of a warm GET's work is botocore's. What is left out here is what an API never needs of it;
requests are signed, sent and hooked into as ever, so that what traces or replaces them
(X-Ray, OpenTelemetry, moto) works. docs/benchmarks.md has the figures.
"""

from __future__ import annotations

import json
import os
from typing import Any

import botocore
from botocore.config import Config
from botocore.exceptions import HTTPClientError
from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.session import get_session

CONNECT_SECONDS = 1
READ_SECONDS = 2
# What holds items: JSON that is used as it comes, but for binary values.
ITEMS = {
    f"{name}Output"
    for name in (
        *("BatchGetItem", "GetItem", "Query", "Scan"),
        *("DeleteItem", "PutItem", "UpdateItem", "TransactWriteItems"),
    )
}
BINARY = (b'"B":', b'"BS":')


def client() -> Any:
    """A new client of DynamoDB; the standard AWS variables set it up."""
    session = get_session()
    session.register_component("response_parser_factory", _Parsers())
    session.register("creating-client-class.dynamodb", _add_endpoints)
    return session.create_client(
        "dynamodb",
        region_name=os.environ.get("AWS_REGION"),  # which botocore alone does not read
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1},
            # Each saves a tenth of a warm GET: pydantic has checked what is sent, and the usual
            # user agent is put together anew for every request.
            parameter_validation=False,
            user_agent=_agent(),
            max_pool_connections=50,
        ),
    )


def _agent() -> str:
    """Whose requests these are, in AWS's logs; with the standard variable's name of the app."""
    name = os.environ.get("AWS_SDK_UA_APP_ID")
    return f"Botocore/{botocore.__version__} chalicekit" + (f" app/{name}" if name else "")


class _Parsers(ResponseParserFactory):
    """Gives one parser, in the place of a new one for each answer."""

    def __init__(self) -> None:
        super().__init__()
        self._parser: _Parser | None = None

    def create_parser(self, protocol_name: str) -> Any:
        if protocol_name != "json":
            return super().create_parser(protocol_name)
        if self._parser is None:
            self._parser = _Parser()
        return self._parser


class _Parser(JSONParser):
    """Takes items as they come; botocore's own looks for ten kinds of value in each attribute.

    Refuses an answer that is cut or not DynamoDB's: botocore would read it as an empty one.
    """

    def parse(self, response: Any, shape: Any) -> Any:
        body, headers = response["body"], response["headers"]
        if shape is not None:  # else it has no body
            _check(body, headers)
        if shape is None or response["status_code"] != 200:
            return super().parse(response, shape)
        try:
            answer = json.loads(body)
            if shape.name not in ITEMS or any(kind in body for kind in BINARY):
                return super().parse(response, shape)
        except ValueError:  # of JSON, and of base64
            raise _unfit() from None
        answer["ResponseMetadata"] = {
            "HTTPStatusCode": 200,
            "HTTPHeaders": headers,  # which ignores the case of names, and is not copied
            "RequestId": headers.get("x-amzn-requestid", ""),
        }
        return answer


def _check(body: bytes, headers: Any) -> None:
    announced = headers.get("Content-Length")
    cut = announced is not None and int(announced) != len(body)
    if cut or not (body.startswith(b"{") and body.endswith(b"}")):
        raise _unfit()


def _unfit() -> HTTPClientError:
    return HTTPClientError(error="not an answer of DynamoDB")


class _Endpoints:
    """Asks the rules of endpoints once for each operation, in the place of for each request.

    They look at region, settings and the account of the credentials, which a process keeps, and at
    the account in a table's ARN: our tables have names (settings.py).
    """

    def _resolve_endpoint_ruleset(self, operation_model: Any, *given: Any, **more: Any) -> Any:
        found = self.__dict__.setdefault("_endpoints_found", {})
        name = operation_model.name
        if name in found:
            return found[name]
        resolve = super()._resolve_endpoint_ruleset  # type: ignore[misc]  # of the class beside it
        resolved = resolve(operation_model, *given, **more)
        if "authSchemes" not in resolved[-1]:  # else they change how this request is signed
            found[name] = resolved
        return resolved


def _add_endpoints(**given: Any) -> None:
    given["base_classes"].insert(0, _Endpoints)
