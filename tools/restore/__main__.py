"""`make restore STAGE=dev AT=2026-11-20T12:00:00Z`.

New tables are made as the old ones were at that time, beside them; claims are made anew from the
items; then the stage's settings name the new tables, for the next `make deploy`. The old tables
stay as they are. Given again, it goes on where it was.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tools import ROOT, aws, files, kit, stages
from tools.backfill.environment import enter
from tools.backfill.items import Plan
from tools.backfill.report import summary
from tools.backfill.run import run
from tools.data.tables import CLAIMS, status
from tools.local.localaws import LOCAL
from tools.policies import policy
from tools.refusals import Refusal, ended
from tools.restore import config_edit, point_in_time, tables
from tools.restore.tables import Restored
from tools.stages import Stage

CONFIG = ".chalice/config.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make restore", description=__doc__)
    parser.add_argument("--stage", default="")
    parser.add_argument("--at", default="")
    given = parser.parse_args()
    if given.stage in ("", "local"):
        raise Refusal("Stage local keeps no past: name another, such as STAGE=dev.")
    stage, at = stages.read(given.stage), point_in_time.read(given.at)
    account = aws.account(stage)
    print(f"Stage {stage.name}: account {account.number}, {account.region}.")
    client = account.client("dynamodb")
    plan = tables.planned(stage, at)
    try:
        _begin(client, plan, at)
        tables.wait(client, [table.target for table in plan])
    except KeyboardInterrupt:
        raise Refusal("Stopped, and AWS goes on: the same command goes on waiting.") from None
    for table in plan:
        tables.settle(client, table)
    _claim(stage, plan)
    print("\n".join(_edit_config(stage, plan)))


def _begin(client: Any, plan: Sequence[Restored], at: datetime) -> None:
    """Have the tables made that are not there yet; all of them can be, or none is made."""
    missing = [table for table in plan if not status(client, table.target)]
    sources = {t.name: tables.source(client, t, at) for t in missing if t.name != CLAIMS}
    for table in missing:
        if table.name == CLAIMS:
            tables.create(client, table)
        else:
            tables.begin(client, table, sources[table.name], at)
            print(f"{table.target}: as {sources[table.name]} was.")
    if missing:
        print("On AWS this takes minutes to hours. Ctrl-C may be pressed: it goes on there.")


def _claim(stage: Stage, plan: Sequence[Restored]) -> None:
    """Make the claims of the new tables, from their items."""
    enter(stage.name)
    os.environ.update({table.setting: table.target for table in plan})
    tally = run(kit.tables(), Plan(), file=LOCAL / f"restore-{stage.name}.json")
    print("\n".join(summary(tally, dry=False)))


def _edit_config(stage: Stage, plan: Sequence[Restored]) -> list[str]:
    """Name the new tables in the settings of the stage; gives what to do next."""
    file = ROOT / CONFIG
    before = file.read_text()
    after = config_edit.edited(before, stage.name, {t.setting: t.target for t in plan})
    if after != before:
        files.replace(file, after)
    policies = [str(path.relative_to(ROOT)) for path in policy.update(ROOT)]
    return [
        "",
        f"{' and '.join([CONFIG, *policies])} name the restored tables for stage {stage.name}.",
        f"Look at the difference, commit it, then: make deploy STAGE={stage.name}",
        "Until then the API works on the tables of before, which stay as they are.",
    ]


if __name__ == "__main__":
    ended(main)
