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
import threading
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from functools import cache, partial
from itertools import islice
from typing import Any, TypeVar

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
ASKED = 100  # as many as one request can ask for by id
TRIES = 8
PAUSE = 0.1  # seconds after the first try; twice as many after each other one, and at most two

T = TypeVar("T")


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
    made, stopped = 0, threading.Event()
    with tqdm(total=count, unit=" users", disable=None) as bar:
        missing = _missing(target, count, bar, stopped)
        parts = iter(lambda: [*islice(missing, target.most)], [])
        for added in _at_once(partial(_add, target, stopped), parts, stopped):
            bar.update(added)
            made += added
    return count - made


def again(act: Callable[[], T], stopped: threading.Event) -> T:
    """Do it, several times where the other side is busy, until stopped. Raises SeedError."""
    for attempt in range(TRIES):
        try:
            return act()
        except Busy as busy:
            if attempt == TRIES - 1 or stopped.wait(min(2.0, PAUSE * 2**attempt)):
                raise SeedError(f"still busy after {attempt + 1} tries: {busy}") from None
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


def _missing(
    target: Target, count: int, bar: tqdm[Any], stopped: threading.Event
) -> Iterator[User]:
    """Those of the first `count` users that are not there; the bar is told of the others."""
    for start in range(0, count, ASKED):
        keys = {key(number): number for number in range(start, min(start + ASKED, count))}
        there = again(partial(target.there, [*keys]), stopped)
        bar.update(len(there))
        yield from (user(number) for name, number in keys.items() if name not in there)


def _at_once(
    act: Callable[[list[User]], int], parts: Iterable[list[User]], stopped: threading.Event
) -> Iterator[int]:
    """What comes of each part, as it ends. Where one fails, or Ctrl-C comes, no other begins."""
    doing: set[Future[int]] = set()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for part in parts:
                doing.add(pool.submit(act, part))
                if len(doing) == AT_ONCE:  # so none waits in the pool, to be begun all the same
                    done, doing = wait(doing, return_when=FIRST_COMPLETED)
                    yield from (each.result() for each in done)
            yield from (each.result() for each in as_completed(doing))
        finally:
            stopped.set()


def _add(target: Target, stopped: threading.Event, users: list[User]) -> int:
    again(partial(target.add, users), stopped)
    return len(users)


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
