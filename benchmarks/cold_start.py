"""What a request costs in instructions: the first one of a fresh process, and warm ones.

The figures are ratios to the bare handler of benchmarks/peers, a boto3 client and nothing else,
counted in the same run, so that they hold for any Python. `--check` fails where one is over its
budget, and names what is imported that was not before. The app is the very payload that is
deployed; the bare handler has boto3 as pip installs it, compiled, too.

A stage that asks for tokens also fetches keys and checks one: what that adds is counted, and timed,
apart. Milliseconds and memory are medians of runs side by side, and only worth their ratio.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

import botocore

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "vendor")]

from benchmarks import imports, warm  # noqa: E402 - the path above makes it importable
from benchmarks.bench.peers import FOLDER, SHARED  # noqa: E402 - see above
from benchmarks.counting import (  # noqa: E402 - see above
    EVENT,
    TABLES,
    USER,
    Case,
    built,
    count,
    environment,
    started,
    unpacked,
)
from tests.engines import dynoxide  # noqa: E402 - see above
from tests.issuing import Issuing  # noqa: E402 - see above
from tools.deploy import size  # noqa: E402 - see above

BUDGET = 0.635  # of the bare handler's instructions
TOKENS_BUDGET = 0.215  # of them, in addition where tokens are asked for
PAYLOAD_BUDGET = 16.6  # MB, of both zips, with all that features bring along
REST_BUDGET = 5.9  # MB of it, without features that have a budget of their own
RUNS = 7  # for a median of milliseconds

BARE = FOLDER / "bare/app.py"
BARE_TABLES = {"USERS_TABLE": "users-api-bench-users", "CLAIMS_TABLE": "users-api-bench-claims"}

# Counting slows a process down a hundred times: the app must not lose patience meanwhile.
RUN = """
import json, sys
from {handler} as app
if "chalicekit.call" in sys.modules:
    sys.modules["chalicekit.call"].PATIENCE = 600
answer = app(json.loads(sys.argv[1]), None)
assert answer["statusCode"] == 200, answer
"""
# Of a run: how many milliseconds it took, and at most how many MB.
TIMED = """
import time
begun = time.perf_counter()
{run}
print((time.perf_counter() - begun) * 1000)
status = open("/proc/self/status").read()
print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
"""


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="fail over a budget")
    arguments.add_argument("--keep", action="store_true", help="write down what is imported now")
    asked = arguments.parse_args()
    if shutil.which("valgrind") is None:
        print("cold start: not counted, since valgrind is missing: apt-get install valgrind")
        return 0
    with tempfile.TemporaryDirectory() as folder, Issuing() as issuer:
        bench = Bench(Path(folder), issuer)
        with dynoxide(bench.folder, **TABLES) as engine:
            for key in ("7", *(f"user-{number}" for number in range(30))):
                item = {name: {"S": value} for name, value in (USER | {"id": key}).items()}
                engine.client().put_item(TableName=BARE_TABLES["USERS_TABLE"], Item=item)
            bench.env = environment(engine.url)
            over = [*bench.cold(), *bench.warm(), *bench.payload()]
            if asked.keep:
                imports.keep(bench.imported())
            if any("cold start" in line for line in over):
                over += imports.newcomers(bench.imported())
    if asked.check:
        print("".join(f"OVER THE BUDGET: {line}\n" for line in over), end="")
    return int(asked.check and bool(over))


class Bench:
    """What is measured, unpacked in a folder; each measurement gives a line for a budget broken."""

    env: dict[str, str]

    def __init__(self, folder: Path, issuer: Issuing) -> None:
        self.folder = folder
        self.stage, self.built = built(folder)
        self.lambdas = unpacked(folder)
        libraries = Path(botocore.__file__).parent.parent
        run = {name: RUN.format(handler=handler) for name, handler in warm.HANDLERS.items()}
        self.bare = Case("bare", run["bare"], path=(folder, libraries), env=BARE_TABLES)
        self.app = Case("app", run["app"], path=self.lambdas)
        bearer = issuer.bearer(exp=4102444800, scope="users:read")
        signed = EVENT | {"headers": bearer, "multiValueHeaders": None}
        self.tokens = replace(self.app, event=signed, env=issuer.settings)
        for peer, name in ((BARE, "bare.py"), (SHARED, SHARED.name)):
            shutil.copy(peer, folder / name)

    def cold(self) -> Iterator[str]:
        """The first GET of a fresh process."""
        cases = (self.bare, self.app, self.tokens)
        times = self._times()  # first: it writes the .pyc that pip left out of boto3
        bare, app, tokens = (count(case, self.env, self.folder) for case in cases)
        ratio, added = app / bare, (tokens - app) / bare
        print(
            f"cold start: {app / 1e6:,.0f} M instructions to the first GET /users/7, {ratio:.3f} "
            f"of a bare boto3 handler's {bare / 1e6:,.0f} M; budget {BUDGET}"
        )
        print(
            f"  where tokens are asked for: {(tokens - app) / 1e6:,.0f} M more, {added:.3f}; "
            f"budget {TOKENS_BUDGET}; {times}"
        )
        if ratio > BUDGET:
            yield f"the cold start, {ratio:.3f} of {BUDGET}"
        if added > TOKENS_BUDGET:
            yield f"the cold start with tokens, {added:.3f} of {TOKENS_BUDGET}"

    def warm(self) -> Iterator[str]:
        """Requests of a process that has answered others."""

        def counted(module: str, text: str, event: list[object]) -> int:
            case = self.app if module == "app" else self.bare
            return count(
                replace(case, module=module, text=text, event=event), self.env, self.folder
            )

        for kind, (app, bare) in warm.measured(counted, EVENT).items():
            ratio, budget = app / bare, warm.BUDGETS[kind]
            print(
                f"warm {kind}: {app / 1e6:.2f} M instructions, {ratio:.3f} of a bare handler's "
                f"{bare / 1e6:.2f} M; budget {budget}"
            )
            if ratio > budget:
                yield f"a warm {kind}, {ratio:.3f} of {budget}"

    def payload(self) -> Iterator[str]:
        """Both zips."""
        sizes = size.counted(self.built.layer, self.built.function, self.stage)
        whole, rest = (sizes.zipped(parts) / size.MB for parts in (sizes.parts, sizes.rest))
        print(
            f"payload: {rest:.2f} MB zipped; budget {REST_BUDGET}; with what features have budgets "
            f"of their own for {whole:.2f}; budget {PAYLOAD_BUDGET}; `make size` says of what"
        )
        if rest > REST_BUDGET:
            yield f"the payload without features, {rest:.2f} of {REST_BUDGET} MB"
        if whole > PAYLOAD_BUDGET:
            yield f"the payload, {whole:.2f} of {PAYLOAD_BUDGET} MB"

    def imported(self) -> dict[str, int]:
        """The modules that the first GET imports, with their microseconds."""
        return imports.imported(self.app, self.env, self.folder)

    def _times(self) -> str:
        # Side by side, so that what else the machine does meets all alike.
        timed = [[*map(self._timed, (self.bare, self.app, self.tokens))] for _ in range(RUNS)]
        bare, app, tokens = (
            [median(values) for values in zip(*of, strict=True)] for of in zip(*timed, strict=True)
        )
        print(
            f"  in milliseconds {app[0] / bare[0]:.2f}; memory {app[1]:.1f} MB, bare {bare[1]:.1f}"
        )
        return f"{tokens[0] - app[0]:.0f} ms more, {tokens[1] - app[1]:.1f} MB more"

    def _timed(self, case: Case) -> tuple[float, float]:
        """Milliseconds and MB of one run."""
        shown, _ = started(replace(case, text=TIMED.format(run=case.text)), self.env, self.folder)
        milliseconds, memory = map(float, shown.split()[-2:])
        return milliseconds, memory


if __name__ == "__main__":
    sys.exit(main())
