"""ImportRestApi and PutRestApi for ministack, which has neither: `chalice deploy` needs both.

It is installed in the process of tests/cloud_server.py. As API Gateway does, PutRestApi in mode
overwrite replaces the whole definition: the gateway's own replies that it does not name are gone.
CloudFormation does the same with a changed definition; ministack's would make another API, and
reads no replies from it.
"""

import json
from collections.abc import Mapping
from typing import Any

from ministack.services import apigateway_v1 as gateway
from ministack.services.cloudformation import provisioners

Answer = tuple[int, Mapping[str, str], bytes]
BINARY = "x-amazon-apigateway-binary-media-types"
REPLIES = "x-amazon-apigateway-gateway-responses"

_others = gateway.handle_request
_import_paths = gateway._import_rest_api
_update = provisioners._apigw_rest_api_update


def install() -> None:
    gateway.handle_request = handle_request
    gateway._import_rest_api = import_whole
    provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]["update"] = update


def import_whole(definition: dict[str, Any], data: dict[str, Any] | None = None) -> str:
    """Make an API with the paths, the binary types and the gateway's own replies; gives its id."""
    given = {name: value for name, value in (data or {}).items() if value}
    api: str = _import_paths(definition, {"binaryMediaTypes": definition.get(BINARY, [])} | given)
    for kind, reply in definition.get(REPLIES, {}).items():
        status, _, told = gateway._put_gateway_response(api, kind, reply)
        if status != 201:
            raise ValueError(f"{kind}: {told.decode()}")
    return api


def update(
    api: str, old: dict[str, Any], new: dict[str, Any], *others: Any, **named: Any
) -> tuple[str, dict[str, str]]:
    """Update AWS::ApiGateway::RestApi: what changed in its definition is overwritten in place."""
    if new.get("Body") != old.get("Body"):
        overwrite(api, new["Body"])
    made: tuple[str, dict[str, str]] = _update(
        api, old, new | {"Body": old.get("Body")}, *others, **named
    )
    return made


async def handle_request(
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    query: Mapping[str, Any],
) -> Answer:
    """What API Gateway answers to a request about its own configuration."""
    parts = path.strip("/").split("/")
    mode = query.get("mode", [""])
    mode = mode if isinstance(mode, str) else mode[0]
    if (method, parts, mode) == ("POST", ["restapis"], "import"):
        api = import_whole(json.loads(body))
        return 201, {"Content-Type": "application/json"}, json.dumps({"id": api}).encode()
    if method == "PUT" and len(parts) == 2 and mode == "overwrite":
        overwrite(parts[1], json.loads(body))
        method = "GET"
    answer: Answer = await _others(method, path, headers, body, query)
    if method == "PATCH" and len(parts) == 2:
        mend(parts[1])
        answer = await _others("GET", path, headers, b"", {})
    return answer


def overwrite(api: str, definition: dict[str, Any]) -> None:
    """Give an API the paths of another definition; its id, stages and deployments stay."""
    draft = import_whole(definition)
    for part in (
        gateway._resources,
        gateway._authorizers_v1,
        gateway._models,
        gateway._gateway_responses,
    ):
        part[api] = part[draft]
    changed = gateway._rest_apis[draft]
    for name in ("name", "binaryMediaTypes"):
        gateway._rest_apis[api][name] = changed[name]
    gateway._delete_rest_api(draft)


def mend(api: str) -> None:
    """What UpdateRestApi left there that no SDK can read."""
    found = gateway._rest_apis[api]
    if found["minimumCompressionSize"] == "":
        found["minimumCompressionSize"] = None
    if isinstance(types := found["endpointConfiguration"]["types"], dict):
        found["endpointConfiguration"]["types"] = list(types.values())
