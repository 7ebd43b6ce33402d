"""`make verify URL=https://...`: the HTTP contract, and what no emulator can show, on a real API.

python -m tools.verify --url https://... [--stage dev]

It makes users there, changes and deletes them. With a stage, and credentials, it also looks at the
account behind the API.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import NoReturn

import urllib3

from tools import ROOT, aws, refusals, stages
from tools.refusals import Refusal

SUITES = ("tests/contract", "tests/platform")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make verify")
    parser.add_argument("--url", default="")
    parser.add_argument("--stage", default="")
    given = parser.parse_args()
    url = serving(given.url)
    if given.stage:
        aws.account(stages.read(given.stage))
        os.environ["VERIFIED_STAGE"] = given.stage
    verify(url)


def serving(url: str) -> str:
    """The URL without its last slash, where such an API answers there. Raises Refusal."""
    if not re.fullmatch(r"https?://[^/?#\s]+(/[^?#\s]*)?", url):
        raise Refusal(f"URL={url}: give the address that `make deploy` printed, https://...")
    url = url.rstrip("/")
    http = urllib3.PoolManager(retries=False, timeout=35)
    try:
        answer = http.request("GET", f"{url}/health")
    except urllib3.exceptions.HTTPError as error:
        raise Refusal(f"{url} has no answer ({type(error).__name__}).") from None
    if answer.status != 200 or b'"status":"ok"' not in answer.data:
        raise Refusal(f"{url}/health: expected 200 and status ok, got {answer.status}.")
    return url


def verify(url: str) -> NoReturn:
    """Become pytest: its lines and its exit code are the answer."""
    os.environ["BASE_URL"] = url
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", "--target", "url", *SUITES])


if __name__ == "__main__":
    refusals.ended(main)
