"""Fill the tables with believable users: `make seed N=1000`.

    python -m tools.seed --count 1000                 the local tables
    python -m tools.seed --count 1000 --stage dev     a stage's, with your credentials
    python -m tools.seed --count 1000 --url http://127.0.0.1:8000    through a running API, with
                                                                     the token in TOKEN, if any

The n-th user is always the same, so a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
import unicodedata
import uuid
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cache, partial
from typing import Any

from faker import Faker
from tqdm import tqdm

from tools import bearer, connect, kit
from tools.local import localaws
from tools.refusals import Refusal
from tools.seed.targets import AT_ONCE, Api, Busy, SeedError, Tables, Target, User, fields

kit.on_path()

LATIN = ("en_US", "de_DE", "es_MX", "pt_BR", "fr_FR", "tr_TR", "vi_VN", "pl_PL", "sv_SE")
OTHER = ("ja_JP", "ar_AA", "hi_IN", "zh_CN", "ru_RU", "ko_KR", "el_GR", "bn_BD", "he_IL", "th_TH")
SCRIPTS = (*LATIN, *OTHER, "uk_UA", "ta_IN", "fa_IR", "ka_GE", "hy_AM")
NAMESPACE = uuid.UUID("6f1c1a52-94d2-4a4c-9f0e-1d9a3c8a7f10")  # any, but always this one
CHUNK = 100  # as many as one request can ask for by id
TRIES = 8


def user(number: int) -> User:
    """The user of this number, from 0: always the same one."""
    fake = _fake(SCRIPTS[number % len(SCRIPTS)])
    fake.seed_instance(number)
    name = fake.name()
    mailbox, _, domain = fake.ascii_safe_email().partition("@")
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    mailbox = ".".join(re.findall("[a-z]+", plain)) or mailbox  # the name's own, in Latin script
    return {"id": key(number), "name": name, "email": f"{mailbox}.{number}@{domain}"}


def key(number: int) -> str:
    """The id of the user of this number."""
    return str(uuid.uuid5(NAMESPACE, str(number)))


def seed(target: Target, count: int) -> int:
    """Create the first `count` users; gives how many were there already. Raises SeedError."""
    kept = 0
    with ThreadPoolExecutor(AT_ONCE) as pool, tqdm(total=count, unit=" users", disable=None) as bar:
        for start in range(0, count, CHUNK):
            keys = {key(number): number for number in range(start, min(start + CHUNK, count))}
            there = again(partial(target.there, [*keys]))
            kept += len(there)
            bar.update(len(there))
            missing = [user(number) for name, number in keys.items() if name not in there]
            parts = [missing[at : at + target.most] for at in range(0, len(missing), target.most)]
            adding = {pool.submit(again, partial(target.add, part)): len(part) for part in parts}
            for added in as_completed(adding):
                added.result()
                bar.update(adding[added])
    return kept


def again(act: Any) -> Any:
    """Do it, several times where the other side is busy. Raises SeedError."""
    for attempt in range(TRIES):
        try:
            return act()
        except Busy as busy:
            if attempt == TRIES - 1:
                raise SeedError(f"still busy after {TRIES} tries: {busy}") from None
            time.sleep(min(2.0, 0.1 * 2**attempt))
    raise AssertionError("unreachable: the last attempt returns or raises")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", default="1000")
    parser.add_argument("--stage", default="local")
    parser.add_argument("--url")
    given = parser.parse_args()
    if not re.fullmatch("[0-9]{1,9}", given.count):
        sys.exit(f"N={given.count}: give a whole number from 0 to 999999999.")
    try:
        target = Api(given.url, bearer.headers()) if given.url else _stage(given.stage)
        kept = seed(target, int(given.count))
    except (SeedError, Refusal, localaws.LocalAwsError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped: the same command goes on from here.")
    print(f"{given.count} users, {kept} of them were there already.")


def _stage(stage: str) -> Target:
    try:
        connect.enter_stage(stage)
    except KeyError:
        raise SeedError(f"STAGE={stage}: .chalice/config.json has no such stage.") from None
    if stage == "local":
        print(connect.local(os.getpid()))
    fields(user(0))  # before a hundred of them say so
    return Tables()


@cache
def _fake(script: str) -> Faker:
    return Faker(script)
