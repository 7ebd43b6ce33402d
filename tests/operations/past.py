"""A past for the local AWS: its own restores copy what is there now.

    with Past(engine) as past:
        past.keep()        what is in the tables is what they go back to from this second on

What DynamoDB answers about recovery comes from here; the tables are made by the engine, of the
backups that `keep` made. A restored table is CREATING for a few questions, as on AWS for an hour.
"""

import json
import time
from collections import Counter
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from tests.engines import Engine
from tests.proxy import Answer, Asked, Proxy, Rule


class Past:
    """Between a command and an engine, at `url`."""

    def __init__(self, engine: Engine, stage_tables: list[str]) -> None:
        self._client = engine.client()
        self._tables = stage_tables
        self._backups: list[tuple[float, dict[str, str]]] = []
        self._asked: Counter[str] = Counter()
        self._restored: set[str] = set()
        self.creating = 3  # questions for which a restored table is not ready
        self.unavailable = 1  # how often a new table cannot have backups of its own yet
        self._proxy = Proxy(engine.url)
        self.url = self._proxy.url

    def __enter__(self) -> Self:
        self._proxy.__enter__()
        told = {
            "RestoreTableToPointInTime": self._restore,
            "DescribeContinuousBackups": self._window,
            "UpdateContinuousBackups": self._recover,
            "DescribeTable": self._describe,
        }
        self._proxy.reset(*(Rule(fault, operation, nth=None) for operation, fault in told.items()))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._proxy.__exit__(kind, error, trace)

    def keep(self) -> str:
        """Make now a time to go back to; gives it as AT takes it, once its second has begun."""
        made = {}
        for table in self._tables:
            answer = self._client.create_backup(TableName=table, BackupName="kept")
            made[table] = answer["BackupDetails"]["BackupArn"]
        at = int(time.time()) + 1
        self._backups.append((at, made))
        time.sleep(at - time.time() + 0.05)
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _restore(self, asked: Asked, _: Proxy) -> Answer:
        source, target = asked.body["SourceTableName"], asked.body["TargetTableName"]
        kept = [made for at, made in self._backups if at <= asked.body["RestoreDateTime"]]
        self._client.restore_table_from_backup(
            TargetTableName=target,
            BackupArn=kept[-1][source],
            BillingModeOverride=asked.body["BillingModeOverride"],
        )
        self._restored.add(target)
        description = {"TableName": target, "TableStatus": "CREATING"}
        return _answer(200, {"TableDescription": description})

    def _describe(self, asked: Asked, _: Proxy) -> Answer:
        answer, name = asked.forward(None), asked.body["TableName"]
        if name not in self._restored or self._asked[name] >= self.creating:
            return answer
        self._asked[name] += 1
        body = json.loads(answer.body)
        body["Table"]["TableStatus"] = "CREATING"
        return _answer(200, body)

    def _window(self, asked: Asked, _: Proxy) -> Answer:
        answer = json.loads(asked.forward(None).body)
        window = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        if window["PointInTimeRecoveryStatus"] == "ENABLED":
            known = [at for at, made in self._backups if asked.body["TableName"] in made]
            window["EarliestRestorableDateTime"] = min(known, default=int(time.time()))
            window["LatestRestorableDateTime"] = int(time.time())
        return _answer(200, answer)

    def _recover(self, asked: Asked, _: Proxy) -> Answer:
        if self.unavailable:
            self.unavailable -= 1
            code = "com.amazonaws.dynamodb.v20120810#ContinuousBackupsUnavailableException"
            return _answer(400, {"__type": code, "message": "Backups are being enabled."})
        return asked.forward(None)


def _answer(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(body).encode())
