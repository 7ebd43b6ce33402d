"""Tries a deployed API: whether it answers, makes and reads something, and lets browsers call.

It knows no resource: /openapi.json says which there are, and what one of them must have. What it
made is deleted again, also where something went wrong in between.
"""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from typing import Any

import urllib3

from tools.deploy import samples
from tools.lines import Show
from tools.refusals import Refusal

SPREAD_SECONDS = 30.0
PAUSE_SECONDS = 1.0
LOCALHOST = "http://localhost:5173"

Answer = urllib3.BaseHTTPResponse


class Odd(Exception):
    """An answer is not what it should be; the message says what was expected, and what came."""


def check(url: str, origin: str | None, show: Show, log: str = "") -> None:
    """Try the API at `url`, which has no slash at its end; a line for each thing that works.

    `origin` is one that browsers may call from, `log` names the log group. Raises Refusal.
    """
    api = Api(url)
    try:
        show(f"  Health: {until_well(api, show)}.")
        document = api.expect(200, "GET", "/openapi.json").json()
        show(f"  {made_and_deleted(api, document)}")
        if origin:
            show(f"  Browsers may call from {preflighted(api, document, origin)}.")
        unknown_path(api)
    except (Odd, ValueError) as odd:  # ValueError: no JSON where there must be
        where = f" The log group {log} may say why." if log else ""
        raise Refusal(f"Deployed, and not well: {odd}{where}") from None


def origin(origins: str) -> str | None:
    """One of a stage's ORIGINS to try it from; None where there is none."""
    words = [word.strip() for word in origins.split(",") if word.strip()]
    if not words:
        return None
    return LOCALHOST if words[0] == "*" else words[0].replace(":*", ":5173")


class Api:
    """A deployed API, called over HTTP."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(35, connect=5))

    def call(self, method: str, path: str, **more: Any) -> Answer:
        """Any answer. Raises Odd where there is none."""
        try:
            return self._http.request(method, self._url + path, **more)
        except urllib3.exceptions.HTTPError as error:
            raise Odd(
                f"{method} {self._url}{path} has no answer ({type(error).__name__})."
            ) from None

    def expect(self, status: int, method: str, path: str, **more: Any) -> Answer:
        """The answer, where it has this status. Raises Odd."""
        answer = self.call(method, path, **more)
        if answer.status != status:
            raise Odd(odd(method, path, f"{status}", answer))
        return answer


def odd(method: str, path: str, expected: str, answer: Answer) -> str:
    """What came instead; of the body the code alone, which holds nobody's data."""
    request = answer.headers.get("X-Request-Id") or answer.headers.get("x-amzn-RequestId")
    got = f"{answer.status}{code(answer)} (request {request})"
    said = f"{method} {path}: expected {expected}, got {got}."
    if code(answer) == " not_configured":
        said += " A setting lacks or makes no sense: see docs/settings.md."
    return said


def code(answer: Answer) -> str:
    """The code of a problem, after a space."""
    try:
        return f" {answer.json()['code']}"
    except (ValueError, KeyError, TypeError):
        return ""


def unknown_path(api: Api) -> None:
    """It gets a problem, in the shape of every other. Raises Odd."""
    path = f"/{secrets.token_hex(8)}"
    answer = api.expect(404, "GET", path)
    if "problem+json" not in answer.headers.get("Content-Type", ""):
        raise Odd(odd("GET", path, "application/problem+json", answer))


def until_well(api: Api, show: Show) -> str:
    """Wait until a new deployment is everywhere, and answers; then look as deep as DynamoDB."""
    deadline = time.monotonic() + SPREAD_SECONDS
    told = False
    while wrong := unwell(api):
        if "not_configured" in wrong or time.monotonic() > deadline:
            raise Odd(wrong)
        if not told:
            show("  Waiting for the new deployment to answer: half a minute at most.")
            told = True
        time.sleep(PAUSE_SECONDS)
    api.expect(200, "GET", "/health?deep=1")
    return "it answers, and so does DynamoDB"


def unwell(api: Api) -> str:
    """What is wrong with its health; "" where nothing is."""
    try:
        api.expect(200, "GET", "/health")
    except Odd as wrong:
        return str(wrong)
    return ""


def made_and_deleted(api: Api, document: dict[str, Any]) -> str:
    """Make one thing, read it, delete it; gives the line about it."""
    try:
        sample = samples.first(document)
    except samples.NoSample as none:
        return f"Nothing was made to try it: {none}."
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
        return f"POST {path} asks for credentials ({refused.status}): nothing was made to try it."
    return (
        f"POST {path} refuses what was made from /openapi.json ({refused.status}{code(refused)}): "
        "nothing was made to try it. Fields with examples would be."
    )


def compare(api: Api, sample: samples.Sample, made: Answer, key: dict[str, str]) -> None:
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


def delete(api: Api, sample: samples.Sample) -> Answer:
    """Where the stage asks for If-Match, any version will do."""
    return api.call("DELETE", sample.own_path, headers={"If-Match": "*"})


def preflighted(api: Api, document: dict[str, Any], origin: str) -> str:
    """Ask as a browser does before it calls from another origin; gives the origin."""
    path = next((path for path in document["paths"] if "{" not in path), "/health")
    asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    answer = api.expect(204, "OPTIONS", path, headers=asked)
    if (allowed := answer.headers.get("Access-Control-Allow-Origin")) not in (origin, "*"):
        raise Odd(f"OPTIONS {path} from {origin}: expected it to be allowed, got {allowed}.")
    return origin
