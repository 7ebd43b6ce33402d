"""Tries a deployed API: whether it answers, makes and reads something, and lets browsers call.

It knows no resource: /openapi.json says which there are, and what one of each must have. What it
made is deleted again, also where something went wrong in between.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tools.deploy import protected, samples
from tools.deploy.calls import Answer, Api, Broken, Calls, Odd, Version, code, odd
from tools.deploy.protected import Asked
from tools.lines import Show
from tools.refusals import Refusal

LOCALHOST = "http://localhost:5173"
NOTHING = Asked()  # what a stage asks for that serves everybody


def check(
    api: Api,
    origin: str | None,
    show: Show,
    log: str = "",
    version: Version | None = None,
    asked: Asked = NOTHING,
) -> None:
    """Try the API through its URL; a line for each thing that works.

    `origin` is one that browsers may call from, `log` names the log group. `version` is the one
    that is served: asked first, for what is wrong there does not pass by waiting. Raises Refusal.
    """
    with judged(log):
        if version:
            until_well(version)
        try_all(api, origin, show, asked)
        unknown_path(api)


def check_canary(
    version: Version,
    api: Api,
    origin: str | None,
    show: Show,
    log: str = "",
    asked: Asked = NOTHING,
) -> None:
    """Try a version that gets a part of the calls by itself, then the way to it. Raises Refusal.

    Through the URL the try would meet the version that was live already.
    """
    with judged(log):
        try_all(version, origin, show, asked)
        show(f"  The URL: {until_well(api)}.")
        unknown_path(api)


@contextmanager
def judged(log: str) -> Iterator[None]:
    """Turn what is odd into a Refusal."""
    try:
        yield
    except (Odd, ValueError) as wrong:  # ValueError: no JSON where there must be
        where = f" The log group {log} may say why." if log else ""
        raise Refusal(f"Deployed, and not well: {wrong}{where}") from None


def try_all(api: Calls, origin: str | None, show: Show, asked: Asked = NOTHING) -> None:
    show(f"  Health: {until_well(api)}.")
    document = api.document()
    for line in tried(api, document, asked):
        show(f"  {line}")
    if origin:
        show(f"  Browsers may call from {preflighted(api, document, origin)}.")


def origin(origins: str) -> str | None:
    """One of a stage's ORIGINS to try it from; None where there is none."""
    words = [word.strip() for word in origins.split(",") if word.strip()]
    if not words:
        return None
    return LOCALHOST if words[0] == "*" else words[0].replace(":*", ":5173")


def unknown_path(api: Calls) -> None:
    """It gets a problem, in the shape of every other. Raises Odd."""
    path = f"/{secrets.token_hex(8)}"
    answer = api.expect(404, "GET", path)
    if "problem+json" not in answer.headers.get("Content-Type", ""):
        raise Odd(odd("GET", path, "application/problem+json", answer))


def until_well(api: Calls) -> str:
    """Wait until a new deployment is everywhere, and answers; then look as deep as DynamoDB."""
    for path in ("/health", "/health?deep=1"):
        while not well(api, path):
            pass
    return "it answers, and so does DynamoDB"


def well(api: Calls, path: str) -> bool:
    """Whether it is; False for another try. Raises Odd once there is no time for one."""
    try:
        api.expect(200, "GET", path)
    except Broken:
        raise
    except Odd:
        if not api.waits("the new deployment to answer"):
            raise
        return False
    return True


def tried(api: Calls, document: dict[str, Any], asked: Asked) -> Iterator[str]:
    """Try the resources as a client that has a token, where one is asked for."""
    if not asked.issuer:
        yield from made_and_deleted(api, document)
        return
    yield protected.check(api, document, asked)
    if asked.headers:
        yield from made_and_deleted(protected.WithToken(api, asked), document)
    else:
        yield "Nothing was made to try it: TOKEN= takes a token that may."


def made_and_deleted(api: Calls, document: dict[str, Any]) -> Iterator[str]:
    """Of each resource make one thing, read it, delete it; gives the lines about it."""
    for sample in samples.of(document):
        if isinstance(sample, samples.NoSample):
            yield f"Nothing was made to try it: {sample}."
        else:
            yield one_made_and_deleted(api, sample)


def one_made_and_deleted(api: Calls, sample: samples.Sample) -> str:
    key = {"Idempotency-Key": secrets.token_hex(16)}
    try:
        made = api.call("POST", sample.path, json=sample.body, headers=key)
        if made.status in (400, 401, 403, 409, 422):
            return untried(made, sample.path)
        compare(api, sample, made, key)
    except BaseException:  # Ctrl-C, too
        with suppress(Odd):
            delete(api, sample)
        raise
    if (gone := delete(api, sample)).status != 204:
        raise Odd(f"{odd('DELETE', sample.own_path, '204', gone)} Delete it by hand.")
    api.expect(404, "GET", sample.own_path)
    return f"{sample.path}: one was made, read and deleted."


def untried(refused: Answer, path: str) -> str:
    """The API works, and wants what cannot be known here."""
    if refused.status in (401, 403):
        given = f"{refused.status}{code(refused)}"
        return f"POST {path} asks for other credentials ({given}): nothing was made to try it."
    return (
        f"POST {path} refuses what was made from /openapi.json ({refused.status}{code(refused)}): "
        "nothing was made to try it. Fields with examples would be."
    )


def compare(api: Calls, sample: samples.Sample, made: Answer, key: dict[str, str]) -> None:
    """Read it, and send the request again. Raises Odd."""
    if made.status != 201:
        raise Odd(odd("POST", sample.path, "201", made))
    read = api.expect(200, "GET", sample.own_path)
    if read.json() != made.json():
        raise Odd(f"GET {sample.own_path} is not what POST {sample.path} answered.")
    again = api.call("POST", sample.path, json=sample.body, headers=key)
    if again.status != 201 or again.headers.get("Idempotent-Replayed") != "true":
        expected = "201 and Idempotent-Replayed, for its Idempotency-Key"
        raise Odd(odd("POST", f"{sample.path} again", expected, again))


def delete(api: Calls, sample: samples.Sample) -> Answer:
    """Where the stage asks for If-Match, any version will do."""
    return api.call("DELETE", sample.own_path, headers={"If-Match": "*"})


def preflighted(api: Calls, document: dict[str, Any], origin: str) -> str:
    """Ask as a browser does before it calls from another origin; gives the origin."""
    path = next((path for path in document["paths"] if "{" not in path), "/health")
    asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    answer = api.expect(204, "OPTIONS", path, headers=asked)
    if (allowed := answer.headers.get("Access-Control-Allow-Origin")) not in (origin, "*"):
        raise Odd(f"OPTIONS {path} from {origin}: expected it to be allowed, got {allowed}.")
    return origin
