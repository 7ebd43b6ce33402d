"""Which AWS this process talks to, by the standard variables in its environment.

A set AWS_ENDPOINT_URL (or AWS_ENDPOINT_URL_DYNAMODB) is used, and its tables are made. Else this
clone's ministack is, with the data stack.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from tools import ROOT, stages
from tools.data import stack as data
from tools.data import tables
from tools.local import localaws
from tools.refusals import Refusal

OWN_ENDPOINT = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB")
PROFILE = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
# Of the developer's settings: they would take part in requests to the local AWS.
FOREIGN = (*PROFILE, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_SESSION_TOKEN")


def enter_stage(stage: str) -> None:
    """Set the environment variables of a stage, as on Lambda. Raises KeyError."""
    os.environ.update(environment(stage))


def environment(stage: str) -> dict[str, str]:
    """The environment variables of a stage. Raises KeyError."""
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    variables: dict[str, str] = config.get("environment_variables", {})
    own: dict[str, str] = config["stages"][stage].get("environment_variables", {})
    return variables | own


def local(owner: int) -> str:
    """Connect stage `local`, for as long as the process `owner` lives; gives a line about it.

    Raises LocalAwsError.
    """
    if own := own_endpoint():
        return _connect_own(own)
    url = use(owner)
    return f"Local AWS: {url}, stage local, its data in .local/ (aws --endpoint-url {url} ...)."


def own_endpoint() -> str:
    """The endpoint that is set for DynamoDB; "" where none is."""
    set_ones = [os.environ[name] for name in OWN_ENDPOINT if os.environ.get(name)]
    return set_ones[-1] if set_ones else ""


def lacking() -> str:
    """What the real AWS cannot be asked without; "" where nothing lacks."""
    forget_empty()
    session = get_session()
    try:
        if not (os.environ.get("AWS_REGION") or session.get_config_variable("region")):
            return "No region: set AWS_REGION or AWS_PROFILE."
        if session.get_credentials() is None:
            return "No credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret."
    except BotoCoreError as error:
        return f"{str(error).rstrip('.')}: correct AWS_PROFILE or your AWS configuration."
    return ""


def forget_empty() -> None:
    """Take an empty profile as none: botocore would look for one of that name."""
    for name in PROFILE:
        if os.environ.get(name) == "":
            del os.environ[name]


def _connect_own(url: str) -> str:
    forget_empty()
    os.environ.setdefault("AWS_DEFAULT_REGION", os.environ.get("AWS_REGION", localaws.REGION))
    if "AWS_PROFILE" not in os.environ:
        for name, value in localaws.CREDENTIALS.items():
            os.environ.setdefault(name, value)
    try:
        once = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
        client = get_session().create_client("dynamodb", config=once)
        data.create_missing(client, os.environ["APP_NAME"], os.environ["STAGE"])
    except Exception as error:  # noqa: BLE001  served all the same: it may come up later
        return f"{url}: the tables could not be made ({error})."
    return f"DynamoDB: {url} (from your environment)."


def use(owner: int) -> str:
    """Send this process's AWS clients to the local AWS, with the tables of APP_NAME made.

    Gives its URL. It is kept alive for the process `owner`. Raises LocalAwsError.
    """
    with localaws.lock():
        localaws.claim(owner)
        status = localaws.start()
        _enter(status["url"])
        _make_tables(status, os.environ["APP_NAME"])
        url: str = status["url"]
        return url


def _enter(url: str) -> None:
    """Set the standard variables so that AWS clients made from now on use the local AWS alone."""
    for name in FOREIGN:
        os.environ.pop(name, None)
    # Around a developer's proxy, too.
    past = ",".join(filter(None, [os.environ.get("NO_PROXY", ""), "127.0.0.1"]))
    os.environ.update({"AWS_ENDPOINT_URL": url, "NO_PROXY": past, "no_proxy": past})
    os.environ.update(
        {"AWS_REGION": localaws.REGION, "AWS_DEFAULT_REGION": localaws.REGION}
        | localaws.CREDENTIALS
    )


def _make_tables(status: dict[str, Any], app: str) -> None:
    """Bring the data stack up to date, where it is not known to be. `_enter` first."""
    set_here = json.dumps([app, stages.read("local").parameters], sort_keys=True).encode()
    wanted = hashlib.sha256(set_here + tables.TEMPLATE.read_bytes()).hexdigest()
    if status.get("data") == wanted:
        return
    client = get_session().create_client
    try:
        data.apply_local(client, app)
        # The stack may know tables whose state was lost, when everything was killed at once.
        data.create_missing(client("dynamodb"), app, "local")
    except (Refusal, ClientError, BotoCoreError, OSError, ValueError) as error:
        raise localaws.LocalAwsError(
            f"The tables of infra/data.json cannot be made: {str(error).rstrip('.')}. "
            "Correct it, or delete .local/ to begin with empty tables."
        ) from None
    localaws.note(status | {"data": wanted})
