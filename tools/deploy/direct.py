"""VIA=chalice: `chalice deploy` from a clean copy, and what Chalice cannot do beside it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from botocore.exceptions import ClientError

from tools import ROOT
from tools.aws import Account, emulated_url
from tools.deploy import checks, deployed, gateway, payload
from tools.lines import Show
from tools.policies import policy
from tools.refusals import Refusal
from tools.stages import Stage

# What Chalice says while it works: "Creating lambda layer: users-api-dev-managed-layer".
DOING = re.compile(r"(Creating|Updating|Deleting) (.+?)(?:: (.+))?")
OCCURRED = "An error occurred"
FAILED = re.compile(
    r"\((\w+)\) when calling the (\w+) operation(?: \(reached max retries: \d+\))?: (.*)"
)
KINDS = {
    "lambda layer": "layer",
    "lambda function": "function",
    "iam role": "role",
    "policy for iam role": "policy of the role",
    "rest api": "API",
    "layer version": "layer",
}
BUSY = {"ResourceConflictException", "TooManyRequestsException", "ConflictException"}
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
# Of Chalice's process, beside the region: it does not look at AWS_REGION.
SETTINGS = {
    "AWS_RETRY_MODE": "standard",
    "AWS_MAX_ATTEMPTS": "10",  # API Gateway takes one deployment in five seconds.
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",  # the copy has what Lambda needs, and no more
}
# `chalice delete` builds the app that it deletes: this one is enough, and always loads.
EMPTY = "from chalice import Chalice\n\napp = Chalice(app_name={app!r})\n"


def deploy(stage: Stage, account: Account, folder: Path, show: Show, root: Path = ROOT) -> str:
    """Deploy the API of a clone; gives its URL. Raises Refusal, ClientError, KeyboardInterrupt.

    `folder` is emptied, and holds the clean copy.
    """
    checks.fits(deployed.role(stage), checks.FUNCTION_NAME, "The function's role")
    wanted = gateway.wanted(stage, root)
    deployed.check_role(stage, account)
    deployed.write(stage, deployed.current(stage, account, root), root)
    # Chalice packs that source once more, alike: nothing is uploaded that was not looked at.
    source = payload.build(stage, root, folder, show).source
    narrow(source / f".chalice/policy-{stage.name}.json", account)
    keep_log(stage, account, wanted.log_days)
    _run("deploy", stage, account, source, show, root)
    made = {resource["name"]: resource for resource in deployed.read(stage, root)}
    if deployed.API not in made:
        raise Refusal("chalice deploy made no API: are there routes in app.py?")
    api = made[deployed.API]
    client = account.client("apigateway")
    gateway.apply(client, api["rest_api_id"], stage.gateway_stage, wanted, show)
    if account.emulated:
        return emulated_url(api["rest_api_id"], stage.gateway_stage)
    return str(api["rest_api_url"]).rstrip("/")


def destroy(stage: Stage, account: Account, show: Show, root: Path = ROOT) -> bool:
    """Take away what `deploy` has made, and nothing else; whether there was anything."""
    resources = deployed.current(stage, account, root)
    deployed.write(stage, resources, root)
    if not resources:
        return False
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        (source / ".chalice").mkdir()
        (source / "app.py").write_text(EMPTY.format(app=stage.app))
        config = {"version": "2.0", "app_name": stage.app, "stages": {stage.name: {}}}
        (source / ".chalice/config.json").write_text(json.dumps(config))
        _run("delete", stage, account, source, show, root)
    deployed.write(stage, deployed.read(stage, root), root)
    show(f"  Kept: the log group {log_group(stage)}, until its lines expire.")
    return True


def log_group(stage: Stage) -> str:
    """Where Lambda writes what the function logs."""
    return f"/aws/lambda/{stage.function}"


def keep_log(stage: Stage, account: Account, days: int) -> None:
    """Make the log group beforehand: Lambda's own would be kept for ever."""
    client = account.client("logs")
    try:
        client.create_log_group(logGroupName=log_group(stage))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise
    client.put_retention_policy(logGroupName=log_group(stage), retentionInDays=days)


def narrow(file: Path, account: Account) -> None:
    """Write partition, region and account into the copy of a policy."""
    document = json.loads(file.read_text())
    file.write_text(json.dumps(policy.exact(document, account), indent=2))


def _run(
    command: str, stage: Stage, account: Account, source: Path, show: Show, root: Path
) -> None:
    """Run `chalice <command>` in a folder, with the file of what is deployed taken there and back.

    Raises Refusal with a line for what Chalice says.
    """
    here, there = deployed.path(stage, root), deployed.path(stage, source)
    there.parent.mkdir(parents=True, exist_ok=True)
    there.unlink(missing_ok=True)
    if here.exists():
        shutil.copy(here, there)
    log = root / f".local/chalice-{stage.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        code = _chalice(command, stage, account, source, log, show)
    finally:
        if there.exists():
            here.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(there, here)
    if code:
        raise Refusal(line(command, log))


def _chalice(
    command: str, stage: Stage, account: Account, source: Path, log: Path, show: Show
) -> int:
    """Run it, show what it does as it goes, keep what it complains of; gives its exit code."""
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-c", payload.CHALICE, command, "--stage", stage.name],
            cwd=source,
            env=os.environ | SETTINGS | {"AWS_DEFAULT_REGION": account.region},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdout
        try:
            for said in process.stdout:
                if told := progress(said):
                    show(told)
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.wait()  # what it is just making is known before this ends
            raise
    return process.returncode


def progress(said: str) -> str:
    """The line to show for one of Chalice's; "" for what is not worth one."""
    said = said.strip()
    if said.endswith("deployment package."):
        return ""
    if doing := DOING.fullmatch(said):
        verb, what, which = doing.groups()
        what = KINDS.get(what.lower(), what)
        return f"  {verb} the {what}{f' {which}' if which else ''}."
    return f"  {said}" if said and not said.startswith(("Resources deployed:", "- ")) else ""


def line(command: str, log: Path) -> str:
    """Why Chalice could not, from what it wrote to its log."""
    text = log.read_text()
    # Chalice wraps what AWS said, under a trace that says it too.
    if not (failed := FAILED.fullmatch(" ".join(text.rpartition(OCCURRED)[2].split()))):
        said = text.rpartition("received the following error:")[2].strip().splitlines()
        last = " ".join((said or ["it does not say why"])[-1].split()).rstrip(".")
        return f"chalice {command} failed: {last} (all of it: {log})."
    code, operation, message = failed.groups()
    message = message.rstrip(".")
    if code in BUSY:
        return f"Another deployment of this stage seems to run ({operation}: {message}): try later."
    if code in DENIED:
        return f"These credentials may not do all that a deployment does: {message}."
    return f"AWS refused {operation}: {message}."
