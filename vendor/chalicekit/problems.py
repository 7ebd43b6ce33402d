"""Errors as clients see them: RFC 9457 problem details with a closed list of codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NotRequired, TypedDict

# code: (status, title, what it means for the client). `<member>_taken` stands for one code for
# the key and for each unique member, such as `id_taken` and `email_taken`.
CATALOGUE: dict[str, tuple[int, str, str]] = {
    "bad_request": (400, "Bad request", "The request could not be understood."),
    "invalid_json": (400, "Invalid JSON", "The body is not strict JSON in UTF-8."),
    "invalid_query": (400, "Invalid query", "A query parameter is unknown or has a wrong value."),
    "invalid_header": (400, "Invalid header", "A request header has a wrong value."),
    "cursor_invalid": (400, "Invalid cursor", "The cursor is damaged, or comes from another list."),
    "unauthorized": (401, "Not authenticated", "A token is needed: Authorization: Bearer ..."),
    "token_invalid": (401, "Token not accepted", "It is no token for this API, or a damaged one."),
    "token_expired": (401, "Token expired", "It was good once: log in again, or refresh it."),
    "forbidden": (403, "Not allowed", "The token lacks the scope that this needs."),
    "not_found": (404, "Not found", "There is no such thing; PUT and PATCH never create one."),
    "route_not_found": (404, "No such path", "Nothing is served at this path."),
    "method_not_allowed": (405, "Method not allowed", "The header Allow names those offered."),
    "timeout": (408, "Timeout", "The request took too long."),
    "<member>_taken": (409, "Already taken", "Another one has this key or unique value."),
    "idempotency_key_spent": (
        409,
        "Idempotency-Key spent",
        "What this key created has been deleted since; use a new key to create another.",
    ),
    "conflict": (409, "Conflict", "The request does not fit the present state."),
    "stale": (412, "Changed meanwhile", "If-Match does not fit; `current` is how it now is."),
    "exists": (412, "Exists", "If-None-Match says that it must not exist, or not like this."),
    "body_too_large": (413, "Body too large", "It is more than is read: the detail says."),
    "uri_too_long": (414, "URI too long", "The path and query are longer than are read."),
    "media_type_unsupported": (415, "Media type not accepted", "Accept or Accept-Patch names it."),
    "invalid_body": (422, "Invalid body", "Well-formed, but members are wrong: see `errors`."),
    "idempotency_key_reused": (
        422,
        "Idempotency-Key used again",
        "The key came before with another body; one key stands for one request.",
    ),
    "if_match_required": (428, "If-Match required", "This stage takes no unconditional writes."),
    "too_many_requests": (429, "Too many requests", "Try again after Retry-After seconds."),
    "headers_too_large": (431, "Headers too large", "They are more, or longer, than are read."),
    "internal_error": (500, "Internal error", "Our fault; the request id finds it in the log."),
    "answer_too_large": (500, "Answer too large", "It does not fit in one answer: ask for less."),
    "throttled": (503, "Busy", "What the API relies on throttles; wait Retry-After seconds."),
    "unavailable": (503, "Unavailable", "What the API relies on did not answer, or refused."),
    "issuer_unavailable": (
        503,
        "Tokens not checked",
        "Who issues the tokens does not answer; try again later.",
    ),
    "outcome_unknown": (
        503,
        "Outcome unknown",
        "The connection broke during a write that may have been done; read, then decide.",
    ),
    "not_configured": (503, "Not configured", "The owner must finish the stage's settings."),
    "timed_out": (504, "Timed out", "A write may have been done all the same; read, then decide."),
}
MEMBER_CODES = {
    "required": "missing, or null where null is not allowed",
    "too_short": "shorter or fewer than params.min",
    "too_long": "longer or more than params.max",
    "invalid": "not a value of this member's type and constraints",
    "unknown": "not a member of this resource",
    "read_only": "cannot be changed",
    "taken": "another one has this value",
}
MAX_ERRORS = 100


def catalogue(taken: Iterable[str]) -> dict[str, tuple[int, str, str]]:
    """The catalogue of an API, with a code for each of the members whose values can be taken."""
    listed = dict(CATALOGUE)
    template = listed.pop("<member>_taken")
    return listed | {f"{member}_taken": template for member in taken}


class FieldError(TypedDict):
    """One wrong member (`pointer`), query parameter or header."""

    pointer: NotRequired[str]
    parameter: NotRequired[str]
    header: NotRequired[str]
    code: str
    params: dict[str, Any]
    detail: str


class Problem(Exception):
    """An answer that is an error: a code of the catalogue, and a sentence for people.

    `detail` never holds what the client sent, nor the name of a library.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Iterable[FieldError] = (),
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status, self.title, _ = CATALOGUE[
            "<member>_taken" if code.endswith("_taken") else code
        ]
        self.detail = detail
        self.errors = list(errors)[:MAX_ERRORS]
        self.headers = headers or {}
        self.members = members

    def document(self, request_id: str, prefix: str) -> dict[str, Any]:
        """The problem as JSON members; `prefix` is the path before the API, such as `/dev`."""
        document: dict[str, Any] = {
            "type": f"{prefix}/errors#{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "instance": f"urn:request:{request_id}",
        }
        if self.errors:
            document["errors"] = self.errors
        return document | self.members


class NotFound(Problem):
    """There is no such item."""

    def __init__(self) -> None:
        super().__init__("not_found", "There is nothing with this key.")


class Taken(Problem):
    """Another item has the key or a unique value; the first member names the code."""

    def __init__(self, members: Sequence[str]) -> None:
        errors = [member_error(f"/{m}", "taken", "Another one has this value.") for m in members]
        names = " and ".join(members)
        super().__init__(f"{members[0]}_taken", f"Already taken: {names}.", errors=errors)


class BadQuery(Problem):
    """A query parameter is unknown, repeated, or wrong."""

    def __init__(self, *errors: FieldError, code: str = "invalid_query") -> None:
        super().__init__(code, "A query parameter is wrong.", errors=errors)


class BadHeader(Problem):
    """A request header cannot be read."""

    def __init__(self, header: str, detail: str) -> None:
        error: FieldError = {"header": header, "code": "invalid", "params": {}, "detail": detail}
        super().__init__("invalid_header", f"The header {header} is wrong.", errors=[error])


class BadBody(Problem):
    """The body is JSON, but not what the resource takes."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        super().__init__(
            "invalid_body", "Members of the body are wrong: see errors.", errors=errors
        )


class Unavailable(Problem):
    """Not now: the client should come back after `Retry-After` seconds."""

    def __init__(self, code: str, detail: str, *, after: int = 1) -> None:
        super().__init__(code, detail, headers={"Retry-After": str(after)})


def member_error(pointer: str, code: str, detail: str, **params: Any) -> FieldError:
    """What is wrong with the member at a JSON Pointer."""
    return {"pointer": pointer, "code": code, "params": params, "detail": detail}


def parameter_error(
    parameter: str, detail: str, code: str = "invalid", **params: Any
) -> FieldError:
    """What is wrong with a query parameter."""
    return {"parameter": parameter, "code": code, "params": params, "detail": detail}
