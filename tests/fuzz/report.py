"""What schemathesis did, read from its report of events (ndjson)."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Report:
    """How often what was done; operations by method and path, such as `GET /users`."""

    cases: Counter[str] = field(default_factory=Counter)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)  # with the status
    linked: Counter[str] = field(default_factory=Counter)  # where a link of the document led
    led: int = 0  # how many of these links were answered without a refusal
    checks: Counter[str] = field(default_factory=Counter)

    def fine(self, operation: str) -> int:
        """How many of its answers were no refusals."""
        return sum(
            n for (name, status), n in self.answers.items() if name == operation and status < 400
        )


def read(file: Path) -> Report:
    """The report of one run."""
    report = Report()
    for scenario in _scenarios(file):
        for key, case in scenario["cases"].items():
            name = f"{case['value']['method']} {case['value']['path']}"
            answer = scenario["interactions"].get(key, {}).get("response")
            report.cases[name] += 1
            if answer:
                report.answers[name, answer["status_code"]] += 1
            link = case.get("transition")
            if link and not link["is_inferred"]:
                report.linked[name] += 1
                report.led += bool(answer and answer["status_code"] < 400)
        report.checks.update(one["name"] for made in scenario["checks"].values() for one in made)
    return report


def _scenarios(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_text().splitlines():
        recorder: dict[str, Any] = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        if "cases" in recorder:
            yield recorder
