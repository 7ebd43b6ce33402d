"""From a call to the arguments of a view; refuses in the contract's order: 413, 415, 400, 422."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, get_origin
from urllib.parse import unquote

from . import forms, jsonbody, settings, validation
from .call import Call
from .etags import ETAG, Tag, read_tags
from .fields import ID_PATTERN, Model, Stored
from .operation import SEGMENTS, Operation
from .problems import BadBody, BadHeader, FieldError, NotFound, Problem, member_error

_KEY = re.compile(ID_PATTERN)
# Compiled by the first that comes: no part of a cold start.
_IDEMPOTENCY_KEY = r'"([\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255})'


def key(text: str) -> str:
    """A path parameter, percent-decoded once. Raises NotFound for what can be no key."""
    decoded = unquote(text)
    if not _KEY.fullmatch(decoded):
        raise NotFound
    return decoded


def query(operation: Operation, call: Call) -> Model | Mapping[str, Sequence[str]]:
    """What the view takes as its query; lets the call be an export where it asks for lines.

    Raises BadQuery.
    """
    assert operation.query
    if get_origin(operation.query) is dict:
        return call.query
    given = call.query
    named = "ndjson" in call.headers.get("accept", "").lower()
    if (named or any(name in given for name in SEGMENTS)) and operation.lists:
        from . import export  # which knows whether it does: no part of a cold start

        given = export.begin(call)
    return validation.query(operation.query, given)


def preconditions(call: Call) -> None:
    """Put the preconditions on the call. Raises BadHeader, Problem `if_match_required`."""
    if call.method == "POST":
        call.idempotency_key = _idempotency_key(call.headers.get("idempotency-key"))
    if call.method not in ("PUT", "PATCH", "DELETE"):
        return
    if (value := call.headers.get("if-match")) is not None:
        call.if_match = read_tags(value, "If-Match")
    if (value := call.headers.get("if-none-match")) is not None:
        call.if_none_match = read_tags(value, "If-None-Match")
    if call.if_match is None and settings.current().require_if_match:
        raise Problem("if_match_required", "Send If-Match with the ETag that you have read.")


def body(operation: Operation, call: Call, path: Mapping[str, str]) -> Any:
    """The body as the view's model or patch. Raises Problem, BadBody."""
    assert operation.body is not None
    document = _document(operation, call)
    if "idempotency-key" in call.headers:
        call.fingerprint = _fingerprint(document)
    if not isinstance(document, dict):
        raise BadBody([member_error("", "invalid", "Must be an object.")])
    errors: list[FieldError] = []
    if operation.stored:
        document, errors = _without_server_members(operation, document, call, path)
    try:
        valid = (
            validation.Patch(operation.body, document)
            if operation.patch
            else validation.whole(operation.body, document)
        )
    except BadBody as bad:
        raise BadBody([*errors, *bad.errors]) from None
    if errors:
        raise BadBody(errors)
    return valid


def _document(operation: Operation, call: Call) -> Any:
    if len(call.body) > jsonbody.MAX_BYTES:
        raise Problem("body_too_large", f"At most {jsonbody.MAX_BYTES} bytes are read.")
    accepted = operation.accepts
    offer = {"Accept-Patch" if operation.patch else "Accept": ", ".join(accepted)}
    if call.headers.get("content-encoding", "identity").strip().lower() != "identity":
        detail, offer = (
            "Send the body without Content-Encoding.",
            {"Accept-Encoding": "identity"} | offer,
        )
        raise Problem("media_type_unsupported", detail, headers=offer)
    if not _accepted(call.headers.get("content-type"), accepted):
        detail = f"Send the body as Content-Type: {' or '.join(accepted)}."
        raise Problem("media_type_unsupported", detail, headers=offer)
    return forms.parse(call.body) if forms.sent(call) else jsonbody.parse(call.body)


def _fingerprint(document: Any) -> str:
    """A hash of what a body says, whatever its white space and the order of its members."""
    canonical = json.dumps(document, sort_keys=True, default=str, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def _accepted(content_type: str | None, accepted: tuple[str, ...]) -> bool:
    if content_type is None:
        return True
    media_type, _, parameters = content_type.partition(";")
    charset = re.search(r'charset\s*=\s*"?([^\s;"]+)', parameters, re.IGNORECASE)
    utf8 = charset is None or charset[1].lower() in ("utf-8", "utf8")
    return media_type.strip().lower() in accepted and utf8


def _without_server_members(
    operation: Operation, document: dict[str, Any], call: Call, path: Mapping[str, str]
) -> tuple[dict[str, Any], list[FieldError]]:
    """The body without what the server keeps, so that what GET gave can be sent back."""
    rest = {name: value for name, value in document.items() if name not in Stored.model_fields}
    errors: list[FieldError] = []
    if operation.method == "POST":
        return rest, errors
    etag = document.get("etag")
    if isinstance(etag, str) and re.fullmatch(ETAG, etag):
        call.if_match = (Tag(etag),)  # the header, read later, wins
    elif etag is not None:
        errors.append(member_error("/etag", "invalid", "Must be an etag as GET gives it."))
    name = operation.key
    given = rest.pop(name, path[name])
    if given != path[name] and not (type(given) is int and str(given) == path[name]):
        errors.append(member_error(f"/{name}", "read_only", "Must be the key in the path."))
    return (rest if operation.patch else rest | {name: path[name]}), errors


def _idempotency_key(value: str | None) -> str | None:
    if value is None:
        return None
    match = re.fullmatch(_IDEMPOTENCY_KEY, value.strip())
    if match is None:
        raise BadHeader("Idempotency-Key", "Must be 1 to 255 visible ASCII characters.")
    return match[1] or match[2]
