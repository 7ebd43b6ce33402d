"""ImportRestApi and PutRestApi for ministack, which has neither: `chalice deploy` needs both.

It is installed in the process of tests/cloud_server.py. As API Gateway does, PutRestApi in mode
overwrite replaces the whole definition: the gateway's own replies that it does not name are gone.
"""

import json
from collections.abc import Mapping
from typing import Any

from ministack.services import apigateway_v1 as gateway

Answer = tuple[int, Mapping[str, str], bytes]
BINARY = "x-amazon-apigateway-binary-media-types"

_others = gateway.handle_request


def install() -> None:
    gateway.handle_request = handle_request


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
        api = imported(json.loads(body))
        return 201, {"Content-Type": "application/json"}, json.dumps({"id": api}).encode()
    if method == "PUT" and len(parts) == 2 and mode == "overwrite":
        overwrite(parts[1], json.loads(body))
        method = "GET"
    answer: Answer = await _others(method, path, headers, body, query)
    if method == "PATCH" and len(parts) == 2:
        mend(parts[1])
        answer = await _others("GET", path, headers, b"", {})
    return answer


def imported(definition: dict[str, Any]) -> str:
    """Make an API; gives its id."""
    api: str = gateway._import_rest_api(definition, {"binaryMediaTypes": definition[BINARY]})
    return api


def overwrite(api: str, definition: dict[str, Any]) -> None:
    """Give an API the paths of another definition; its id, stages and deployments stay."""
    draft = imported(definition)
    for part in (gateway._resources, gateway._authorizers_v1, gateway._models):
        part[api] = part[draft]
    gateway._gateway_responses[api] = {}
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
