"""`make verify URL=https://...`: the HTTP contract, and what no emulator can show, on a real API.

python -m tools.verify --url https://... [--stage dev]

It makes users there, changes and deletes them, with the token in TOKEN where the API asks for one.
With a stage, and credentials, it also looks at the account behind the API.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import Any, NoReturn

import urllib3

from tools import ROOT, aws, bearer, refusals, stages
from tools.refusals import Refusal

SUITES = ("tests/contract", "tests/platform")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make verify")
    parser.add_argument("--url", default="")
    parser.add_argument("--stage", default="")
    given = parser.parse_args()
    url = serving(given.url)
    check_token(url)
    if given.stage:
        aws.account(stages.read(given.stage))
        os.environ["VERIFIED_STAGE"] = given.stage
    verify(url)


def serving(url: str) -> str:
    """The URL without its last slash, where such an API answers there. Raises Refusal."""
    if not re.fullmatch(r"https?://[^/?#\s]+(/[^?#\s]*)?", url):
        raise Refusal(f"URL={url}: give the address that `make deploy` printed, https://...")
    url = url.rstrip("/")
    answer = ask("GET", url, "/health")
    if answer.status != 200 or b'"status":"ok"' not in answer.data:
        raise Refusal(f"{url}/health: expected 200 and status ok, got {answer.status}.")
    return url


def check_token(url: str) -> None:
    """Refuse where the API asks for tokens, and TOKEN is none, or lacks a scope."""
    asked = protected(ask("GET", url, "/openapi.json").json())
    headers = bearer.headers()
    if asked and not headers:
        raise Refusal(f"{url} asks for tokens: give TOKEN= one that has all scopes of the API.")
    for scope, (method, path) in asked.items():
        answer = ask(method, url, path, headers)  # with no body, of what is not there
        if answer.status in (401, 403):
            lacks = f"it needs {scope}" if answer.status == 403 else "it has expired, or is no good"
            raise Refusal(f"{method} {url}{path} refuses TOKEN ({answer.status}): {lacks}.")


def protected(document: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Of each scope that some operation must have, the method and path of one."""
    found: dict[str, tuple[str, str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            asked = operation.get("security", [])
            if asked and {} not in asked:
                scope = " ".join(scope for scopes in asked[0].values() for scope in scopes)
                address = re.sub(r"\{[^}]+\}", "verify", path)
                found.setdefault(scope, (method.upper(), address))
    return found


def ask(
    method: str, url: str, path: str, headers: dict[str, str] | None = None
) -> urllib3.BaseHTTPResponse:
    """Any answer. Raises Refusal where there is none."""
    http = urllib3.PoolManager(retries=False, timeout=35)
    try:
        return http.request(method, url + path, headers=headers)
    except urllib3.exceptions.HTTPError as error:
        raise Refusal(f"{url} has no answer ({type(error).__name__}).") from None


def verify(url: str) -> NoReturn:
    """Become pytest: its lines and its exit code are the answer."""
    os.environ["BASE_URL"] = url
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", "--target", "url", *SUITES])


if __name__ == "__main__":
    refusals.ended(main)
