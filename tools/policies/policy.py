"""What the function may do, as IAM policies: .chalice/policy-<stage>.json, read by Chalice.

    python -m tools.policies

writes the statements that the modules need for their tables, buckets and mail, and no others. They
have a Sid of ours: TableOf..., IndexesOf..., BucketOf..., ObjectsOf..., MailOf..., Logs. All others
are somebody's own, and stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools import ROOT, files, kit
from tools.aws import Account
from tools.policies import grants, statements
from tools.policies.statements import EMPTY, Statement
from tools.refusals import Refusal
from tools.renaming import pascal
from tools.resources.edits import CannotEdit
from tools.stages import Stage, names, read

if TYPE_CHECKING:
    from chalicekit.mailbox import Mailbox

OURS = re.compile(r"(Table|Indexes|Bucket|Objects|Mail)Of[A-Z]\w*|Logs")
ANYWHERE = re.compile(r"arn:aws:(dynamodb|logs|ses):\*:\*:")
BUCKET = re.compile(r"arn:aws:(s3:::[^*/]+?)(-\*)?(?=/|$)")
# Without ListBucket, S3 answers 403 where there is no such object, as where nothing is granted.
LIST_ACTIONS, OBJECT_ACTIONS = ["s3:ListBucket"], ["s3:GetObject", "s3:PutObject"]
LOG_ACTIONS = ["logs:CreateLogStream", "logs:PutLogEvents"]
LOGS = "Logs"  # this statement is about the log group of the function that `chalice deploy` makes


def document(stage: Stage) -> dict[str, Any]:
    """The policy that a stage needs; account and region are wildcards, as in the file."""
    return {"Version": "2012-10-17", "Statement": [*_statements(stage)]}


def exact(document: dict[str, Any], account: Account) -> dict[str, Any]:
    """The policy with partition, region and account in our statements; others stay as they are."""
    place = rf"arn:{account.partition}:\1:{account.region}:{account.number}:"

    def placed(arn: str) -> str:
        bucket = BUCKET.match(arn)
        if bucket is None:
            return ANYWHERE.sub(place, arn)
        number = bucket[2] and f"-{account.number}"
        return f"arn:{account.partition}:{bucket[1]}{number or ''}{arn[bucket.end() :]}"

    told = [
        s | {"Resource": [*map(placed, s["Resource"])]} if _ours(s) else s
        for s in document["Statement"]
    ]
    return document | {"Statement": told}


def update(root: Path = ROOT) -> dict[Path, list[str]]:
    """The files that were not right, now rewritten: with the Sids that were. Raises Refusal."""
    deployed = [read(name, root) for name in names(root) if name != "local"]
    wanted = {_file(stage, root): _wanted(_file(stage, root), stage) for stage in deployed}
    changed = {file: (text, sids) for file, (text, sids) in wanted.items() if sids}
    for file, (text, _) in changed.items():
        files.replace(file, text)
    return {file: sids for file, (_, sids) in changed.items()}


def stale(stage: Stage, root: Path = ROOT) -> str:
    """A line, where a stage's file grants something else than the API needs. Raises Refusal."""
    file = _file(stage, root)
    needed, present = _needed(stage), _present(file, _text(file))
    if needed == present:
        return ""
    lacks, unused = ", ".join(_beyond(needed, present)), ", ".join(_beyond(present, needed))
    said = [f"lacks {lacks}"] if lacks else []
    said += [f"grants {unused}, which no module uses"] if unused else []
    return f".chalice/{file.name} {' and '.join(said or ['says it in another way'])}: make policy"


def _beyond(some: dict[str, Statement], others: dict[str, Statement]) -> Iterator[str]:
    """What these statements say and the others do not: "Logs", or a part of it."""
    for sid, statement in some.items():
        parts = _parts(others[sid]) if sid in others else []
        more = [part for part in _parts(statement) if part not in parts]
        if more:
            yield f"{sid} ({', '.join(more)})" if parts else sid


def _parts(statement: Statement) -> list[str]:
    values = [v if isinstance(v, list) else [v] for v in statement.values()]
    return [ANYWHERE.sub("", str(part)) for value in values for part in value]


def _statements(stage: Stage) -> Iterator[Statement]:
    mails = {box.name: addresses for box in kit.mailboxes() if (addresses := _mail(box, stage))}
    counted = bool(mails or stage.environment.get("RATE_LIMIT", "").strip("0"))
    uses = grants.uses(counted=counted)
    for name in sorted(uses):
        arn, use = f"arn:aws:dynamodb:*:*:table/{stage.table(name)}", uses[name]
        actions = [f"dynamodb:{action}" for action in sorted(use.actions)]
        yield _allow(f"TableOf{pascal(name)}", actions, [arn])
        if use.indexes:
            indexes = [f"{arn}/index/{index}" for index in sorted(use.indexes)]
            yield _allow(f"IndexesOf{pascal(name)}", ["dynamodb:Query"], indexes)
    for name in sorted(kit.buckets()):
        arn = f"arn:aws:s3:::{stage.bucket(name)}"
        yield _allow(f"BucketOf{pascal(name)}", LIST_ACTIONS, [arn])
        yield _allow(f"ObjectsOf{pascal(name)}", OBJECT_ACTIONS, [f"{arn}/*"])
    for name, addresses in sorted(mails.items()):
        yield _sending(name, *addresses)
    group = f"arn:aws:logs:*:*:log-group:/aws/lambda/{stage.function}:*"
    yield _allow(LOGS, LOG_ACTIONS, [group])


def _allow(sid: str, actions: list[str], resources: list[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def _mail(mailbox: Mailbox, stage: Stage) -> tuple[str, str] | None:
    """From whom and to whom its mail is in a stage; None where that is not set, and none is."""
    from chalicekit import settings

    try:
        return mailbox.addresses(settings.of_feature(mailbox.name, stage.environment))
    except settings.SettingError:
        return None


def _sending(name: str, sender: str, receiver: str) -> Statement:
    """Mail from this one address. In its sandbox, SES asks for the receiver's identity, too."""
    both = [part for one in (sender, receiver) for part in (one, one.partition("@")[2])]
    arns = [f"arn:aws:ses:*:*:identity/{identity}" for identity in dict.fromkeys(both)]
    allowed = _allow(f"MailOf{pascal(name)}", ["ses:SendEmail"], arns)
    return allowed | {"Condition": {"StringEquals": {"ses:FromAddress": sender}}}


def _ours(statement: Statement) -> bool:
    return bool(OURS.fullmatch(str(statement.get("Sid", ""))))


def _file(stage: Stage, root: Path) -> Path:
    return root / f".chalice/policy-{stage.name}.json"


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else EMPTY


def _needed(stage: Stage) -> dict[str, Statement]:
    return {statement["Sid"]: statement for statement in document(stage)["Statement"]}


def _present(file: Path, text: str) -> dict[str, Statement]:
    """Our statements in the text of a file, by their Sids. Raises Refusal."""
    try:
        return {s.sid: s.value for s in statements.found(text) if _ours(s.value)}
    except CannotEdit as error:
        raise _unreadable(file, error) from None


def _wanted(file: Path, stage: Stage) -> tuple[str, list[str]]:
    """What a file should say, and the Sids of the statements in which it does not."""
    text, needed = _text(file), _needed(stage)
    present = _present(file, text)
    wrong = [sid for sid in needed | present if needed.get(sid) != present.get(sid)]
    try:
        for sid in wrong:
            if sid not in needed:
                text = statements.without(text, sid)
            elif sid in present:
                text = statements.changed(text, needed[sid])
        for sid in reversed(needed):
            if sid not in present:
                text = statements.added(text, needed[sid], _next(sid, [*needed], text))
    except CannotEdit as error:
        raise _unreadable(file, error) from None
    return text, wrong


def _unreadable(file: Path, error: CannotEdit) -> Refusal:
    return Refusal(f".chalice/{file.name} cannot be changed: {error}.")


def _next(sid: str, order: list[str], text: str) -> str | None:
    """The first statement of the text that comes after this one, by our order."""
    present = {statement.sid for statement in statements.found(text)}
    return next((other for other in order[order.index(sid) + 1 :] if other in present), None)


def main() -> None:
    """Write the files, and tell which were wrong."""
    for file, sids in (changed := update()).items():
        print(f"Changed {file.relative_to(ROOT)}: {', '.join(sids)}.")
    if not changed:
        print("The policies grant what the API needs, and were left as they are.")
