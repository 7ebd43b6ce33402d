"""The gateway's own replies, and how much it lets through, on an API that Chalice has deployed.

infra/api.json is the one source of both. `chalice package` takes it into its template;
`chalice deploy` knows nothing of it, and replaces the API's definition each time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tools import ROOT
from tools.cloudformation import parameters
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage

TEMPLATE = "infra/api.json"
REPLIES = "x-amazon-apigateway-gateway-responses"
# API Gateway takes one CreateDeployment in five seconds from an account, Chalice's own included.
PAUSE_SECONDS = 5.0
TRIES = 12
BUSY = {"TooManyRequestsException", "LimitExceededException", "ConflictException"}

Reply = dict[str, Any]  # statusCode, responseParameters, responseTemplates, as in OpenAPI


@dataclass(frozen=True)
class Wanted:
    """What infra/api.json says, and `chalice deploy` does not know."""

    replies: dict[str, Reply]
    rate: float  # requests a second
    burst: int  # requests at once
    log_days: int


def wanted(stage: Stage, root: Path = ROOT) -> Wanted:
    """Read it, with the stage's parameters. Raises Refusal."""
    template = parameters.read(root / TEMPLATE)
    defaults = {name: one.get("Default") for name, one in template.get("Parameters", {}).items()}
    values = defaults | stage.parameters
    try:
        replies = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"][REPLIES]
        rate, burst = float(values["ThrottleRate"]), int(values["ThrottleBurst"])
        return Wanted(replies, rate, burst, int(values["LogRetentionDays"]))
    except KeyError as error:
        raise Refusal(f"{TEMPLATE} lacks {error.args[0]}.") from None
    except (TypeError, ValueError):
        raise Refusal(
            f"Stage {stage.name}: set ThrottleRate, ThrottleBurst and LogRetentionDays to numbers, "
            "in parameters in .chalice/config.json."
        ) from None


def apply(client: Any, api: str, gateway_stage: str, wanted: Wanted, show: Show) -> bool:
    """Make the API reply so, and its stage limit so; whether anything had to be changed.

    Replies hold from the next deployment on, so one is made where they were changed.
    """
    changed = _put_replies(client, api, wanted.replies, show)
    if changed:
        about = "the gateway's own replies"
        make = partial(
            client.create_deployment, restApiId=api, stageName=gateway_stage, description=about
        )
        patiently(make, show)
    limited = _limit(client, api, gateway_stage, wanted, show)
    return changed or limited


def patiently(call: Callable[[], Any], show: Show) -> Any:
    """Call it, again after a pause where API Gateway is busy."""
    for attempt in range(TRIES):
        try:
            return call()
        except ClientError as error:
            if error.response["Error"]["Code"] not in BUSY or attempt == TRIES - 1:
                raise
            if attempt == 0:
                show("  API Gateway limits changes (one deployment in five seconds): waiting.")
            time.sleep(PAUSE_SECONDS)
    raise AssertionError("unreachable: the last try returns or raises")


def _put_replies(client: Any, api: str, replies: dict[str, Reply], show: Show) -> bool:
    found = {
        reply["responseType"]: reply
        for reply in patiently(partial(client.get_gateway_responses, restApiId=api), show)["items"]
    }
    own = {kind for kind, reply in found.items() if not reply.get("defaultResponse")}
    missing = [kind for kind, reply in replies.items() if not _same(found.get(kind, {}), reply)]
    unknown = sorted(own - set(replies))
    for kind in missing:
        put = partial(client.put_gateway_response, restApiId=api, responseType=kind)
        patiently(partial(put, **_text(replies[kind])), show)
    for kind in unknown:
        patiently(partial(client.delete_gateway_response, restApiId=api, responseType=kind), show)
    if missing or unknown:
        show(f"  The gateway's own replies: {len(missing)} put, {len(unknown)} taken away.")
    return bool(missing or unknown)


def _same(found: Reply, reply: Reply) -> bool:
    """Whether the API has this reply, customized: the default of a kind may look like it."""
    same = all(found.get(key) == value for key, value in _text(reply).items())
    return same and not found.get("defaultResponse")


def _text(reply: Reply) -> Reply:
    return reply | {key: str(reply[key]) for key in ("statusCode",) if key in reply}


def _limit(client: Any, api: str, gateway_stage: str, wanted: Wanted, show: Show) -> bool:
    """Set the limits of all methods, where they are others."""
    ask = partial(client.get_stage, restApiId=api, stageName=gateway_stage)
    settings = patiently(ask, show).get("methodSettings", {}).get("*/*", {})
    limits = {"rateLimit": wanted.rate, "burstLimit": wanted.burst}
    names = {"rateLimit": "throttlingRateLimit", "burstLimit": "throttlingBurstLimit"}
    operations = [
        {"op": "replace", "path": f"/*/*/throttling/{key}", "value": f"{value:.15g}"}
        for key, value in limits.items()
        if settings.get(names[key]) != value
    ]
    if not operations:
        return False
    update = partial(client.update_stage, restApiId=api, stageName=gateway_stage)
    patiently(partial(update, patchOperations=operations), show)
    show(f"  Throttling: {wanted.rate:.15g} requests a second, {wanted.burst} at once.")
    return True
