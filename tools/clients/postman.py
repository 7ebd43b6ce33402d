"""A collection of requests in Postman's format 2.1, which Bruno and newman read, too.

One request for each operation, in the order of a thing's life: what POST answers is kept in
variables, which those after it use, and DELETE comes last.
"""

from __future__ import annotations

import json
from typing import Any

from tools.clients.samples import Samples

Json = dict[str, Any]

FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
LIFE = ("post", "get", "put", "patch", "delete")
JSON_TYPES = ("application/json", "application/merge-patch+json")
# What a header is sent with; all others are there, and off.
SENT = {"Idempotency-Key": "{{$guid}}", "If-Match": '"{{%s_etag}}"'}
ABOUT = "Made from the API's OpenAPI document by `make client`: change that, not this."


def collection(document: Json) -> Json:
    """The requests, a folder a tag."""
    folders: dict[str, list[tuple[str, str, Json]]] = {}
    for path, operations in document["paths"].items():
        for method in operations.keys() & set(LIFE):
            found = operations[method]
            folders.setdefault(_tag(found), []).append((path, method, found))
    samples = Samples(document)
    return {
        "info": {"name": document["info"]["title"], "description": ABOUT, "schema": FORMAT},
        "auth": {"type": "bearer", "bearer": [_pair("token", "{{token}}")]},
        "variable": [_pair("baseUrl", "http://127.0.0.1:8000"), _pair("token", "")],
        "item": [
            {"name": tag, "item": [_item(document, samples, *one) for one in _in_order(found)]}
            for tag, found in folders.items()
        ],
    }


def _tag(operation: Json) -> str:
    return str((operation.get("tags") or ["default"])[0])


def _in_order(found: list[tuple[str, str, Json]]) -> list[tuple[str, str, Json]]:
    """What makes a thing first, what deletes it last."""
    return sorted(found, key=lambda one: (LIFE.index(one[1]), len(one[0]), one[0]))


def _item(document: Json, samples: Samples, path: str, method: str, operation: Json) -> Json:
    tag = _tag(operation)
    request: Json = {
        "method": method.upper(),
        "header": _headers(operation, tag),
        "url": _url(path, operation, tag),
        "description": operation.get("description", ""),
    }
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        if media in JSON_TYPES and "body" not in request:
            request["header"].append(_pair("Content-Type", media))
            text = json.dumps(samples.body(content, method), indent=2)
            language = {"raw": {"language": "json"}}
            request["body"] = {"mode": "raw", "raw": text, "options": language}
    script = [*_expected(operation), *_kept(document, path, operation)]
    event = {"listen": "test", "script": {"type": "text/javascript", "exec": script}}
    return {"name": operation["summary"], "event": [event], "request": request}


def _url(path: str, operation: Json, tag: str) -> Json:
    """The address; of its parameters, those with a default are sent."""
    filled = path.replace("{", "{{" + f"{tag}_").replace("}", "}}")
    query = [
        _parameter(parameter, _text(parameter["schema"].get("default", "")))
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    ]
    sent = "&".join(f"{each['key']}={each['value']}" for each in query if not each["disabled"])
    return {
        "raw": f"{{{{baseUrl}}}}{filled}{'?' * bool(sent)}{sent}",
        "host": ["{{baseUrl}}"],
        "path": filled.strip("/").split("/"),
        "query": query,
    }


def _headers(operation: Json, tag: str) -> list[Json]:
    found = [each for each in operation.get("parameters", []) if each["in"] == "header"]
    return [_parameter(each, SENT.get(each["name"], "").replace("%s", tag)) for each in found]


def _parameter(described: Json, value: str) -> Json:
    about = described.get("description", "")
    return _pair(described["name"], value) | {"description": about, "disabled": not value}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _pair(key: str, value: str) -> Json:
    return {"key": key, "value": value}


def _expected(operation: Json) -> list[str]:
    """A test of the status: one of those that mean success."""
    codes = [int(code) for code in operation["responses"] if code.startswith("2")]
    return [
        f"pm.test({json.dumps(operation['operationId'])}, () => {{",
        f"  pm.expect(pm.response.code).to.be.oneOf({json.dumps(codes)});",
        "});",
    ]


def _kept(document: Json, path: str, operation: Json) -> list[str]:
    """Keep what an answer says of a thing, for the requests on it."""
    tag, below = _tag(operation), [each for each in document["paths"] if "{" in each]
    keys = [each.rpartition("{")[2].rstrip("}") for each in below if each.startswith(f"{path}/{{")]
    if path in below:
        keys = [path.rpartition("{")[2].rstrip("}")]
    members = Samples(document).members_of_answer(operation)
    names = [name for name in (*keys, "etag") if keys and name in members]
    keep = [
        f"  pm.collectionVariables.set({json.dumps(f'{tag}_{name}')}, item[{json.dumps(name)}]);"
        for name in names
    ]
    return [
        "if (pm.response.code < 300) {",
        "  const item = pm.response.json();",
        *keep,
        "}",
    ] * bool(keep)
