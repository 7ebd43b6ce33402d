"""The deployed API needs each grant of its policy: without any one of them it is broken.

Deployed with IAM enforced. A grant is one action on one table or index. Each is taken out of the
role in turn, and tests of the contract suite are run until one fails; it must fail because
DynamoDB refused the function. With all of them none fails.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import botocore.session
import pytest
import requests
from botocore.exceptions import ClientError

from chalicekit.lists import PAGING
from chalicekit.table import TABLES
from tests.cloud import STAGE, Cloud, cloud, deploy, deployable
from tests.contract import test_change, test_create, test_headers, test_idempotency
from tests.contract.client import Api, assert_problem
from tests.engines import APP, REGION
from tests.targets import Target
from tools import grants

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

Json = dict[str, Any]
LOG_SECONDS = 5.0  # until a line must be in the log
# What was found out of the modules: (action, what of a table it is on).
GRANTS = [
    pytest.param(name, f"dynamodb:{action}", place, id=f"{action} {place}")
    for name, use in sorted(grants.uses().items())
    for action, place in [
        *((action, name) for action in sorted(use.actions)),
        *(("Query", f"{name}/index/{index}") for index in sorted(use.indexes)),
    ]
]


def every_list(api: Api) -> None:
    """Each filter and each order of a resource: the contract suite knows only those of all."""
    (lists,) = (table.lists for table in TABLES if table.name == api.resource.table)
    item = api.made()
    filters = sorted(lists.query.model_fields.keys() - PAGING - {"sort"})
    for name, order in product([None, *filters], [None, *lists.sorts()]):
        pairs = [(name, str(item[name]))] if name else []
        pairs += [("sort", order)] if order else []
        assert api.query(*pairs).status_code in (200, 400), pairs  # 400: no index serves both


PROOFS: list[Callable[[Api], None]] = [
    test_create.test_a_created_item,
    test_change.test_put_replaces_what_a_client_may_set,
    test_headers.test_lists_are_not_kept,
    test_idempotency.test_the_item_is_deleted_meanwhile,
    test_create.test_deleted_is_gone,
    every_list,
]


@dataclass
class Deployed:
    """The API on a local AWS, its role, and what it answered."""

    aws: Cloud
    url: str
    role: str
    policy: str
    document: Json
    answers: list[requests.Response] = field(default_factory=list)

    def allow(self, document: Json) -> None:
        self.aws.client("iam").put_role_policy(
            RoleName=self.role, PolicyName=self.policy, PolicyDocument=json.dumps(document)
        )

    def failure(self, table: str = "") -> tuple[str, requests.Response] | None:
        """The first proof that fails, of one table's or of all, and the answer it failed for."""
        session = self.aws.session()
        session.hooks["response"] = [lambda answer, **_: self.answers.append(answer)]
        target = Target("deployed", self.url, session=session, stage=STAGE, gateway=True)
        described = {resource.table: resource for resource in target.resources}
        for resource in [described[table]] if table in described else described.values():
            for proof in PROOFS:
                self.answers.clear()
                try:
                    proof(Api(target, resource))
                except (AssertionError, KeyError):  # KeyError: an item was looked for in a problem
                    answers = [answer for answer in self.answers if answer.status_code >= 500]
                    return proof.__name__, (answers or self.answers[-1:])[0]
        return None

    def refusals(self, since: float) -> list[str]:
        """Why DynamoDB refused the function since that time, by its log."""
        group, deadline = self.aws.outputs()["LogGroup"], time.monotonic() + LOG_SECONDS
        request = {"logGroupName": group, "startTime": int(since * 1000)}
        while time.monotonic() < deadline:
            found = self.aws.client("logs").filter_log_events(
                **request, filterPattern="dynamodb_refused"
            )
            if found["events"]:
                return [json.loads(event["message"])["reason"] for event in found["events"]]
            time.sleep(0.05)
        return []


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("grants")
    with cloud(folder / "aws") as aws:
        done = deploy(aws, deployable(folder / "clone"))
        assert done.returncode == 0, done.stdout + done.stderr
        given, iam = aws.outputs(), aws.client("iam")
        function = given["APIHandlerName"]
        arn = aws.client("lambda").get_function_configuration(FunctionName=function)["Role"]
        role = arn.rpartition("/")[2]
        (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        yield Deployed(aws, aws.address(given["RestAPIId"]), role, policy, document)


@pytest.fixture
def deployed(once: Deployed) -> Iterator[Deployed]:
    yield once
    once.allow(once.document)


def without(document: Json, action: str, resource: str) -> Json:
    """The policy without an action on what has this name; asserts that it was there."""
    left: list[Json] = []
    for statement in document["Statement"]:
        arns = statement["Resource"]
        arns = [arns] if isinstance(arns, str) else arns
        others = [arn for arn in arns if not arn.endswith(resource)]
        if action not in statement["Action"] or others == arns:
            left.append(statement)
            continue
        rest = [other for other in statement["Action"] if other != action]
        left += [statement | {"Action": rest}] if rest else []
        allowed = {"Effect": "Allow", "Action": [action], "Resource": others}
        left += [allowed] if others else []
    assert left != document["Statement"], f"{action} on {resource} is not granted"
    return document | {"Statement": left}


def test_with_all_of_them_nothing_fails(deployed: Deployed) -> None:
    assert deployed.failure() is None
    assert deployed.answers


@pytest.mark.parametrize(("table", "action", "place"), GRANTS)
def test_without_a_grant_the_suite_is_red(
    deployed: Deployed, table: str, action: str, place: str
) -> None:
    begun = time.time()
    deployed.allow(without(deployed.document, action, f"table/{APP}-{STAGE}-{place}"))
    failed = deployed.failure(table)
    assert failed is not None, f"nothing needs {action} on {place}: tools/grants.py asks too much"
    assert_problem(failed[1], 503, "unavailable")
    assert set(deployed.refusals(begun)) == {"AccessDeniedException"}


def write_log(deployed: Deployed, role_arn: str, stream: str) -> None:
    """What Lambda does with the role of a function, where its log begins."""
    credentials = deployed.aws.client("sts").assume_role(
        RoleArn=role_arn, RoleSessionName="lambda"
    )["Credentials"]
    logs: Any = botocore.session.Session().create_client(
        "logs",
        region_name=REGION,
        endpoint_url=deployed.aws.url,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    place = {
        "logGroupName": deployed.aws.outputs()["LogGroup"],
        "logStreamName": stream,
    }
    logs.create_log_stream(**place)
    line = {"timestamp": int(time.time() * 1000), "message": "a line"}
    logs.put_log_events(**place, logEvents=[line])


@pytest.mark.parametrize("action", ["CreateLogStream", "PutLogEvents"])
def test_without_a_grant_nothing_is_logged(deployed: Deployed, action: str) -> None:
    """The emulator writes the log by itself, whatever the role may do; so the test takes the role.

    That Lambda makes these two requests, and no third one, is AWS's word, not shown here.
    """
    arn = deployed.aws.client("iam").get_role(RoleName=deployed.role)["Role"]["Arn"]
    # AWS compares CreateLogStream with the ARN of a stream, the emulator with that of the group.
    document = json.loads(json.dumps(deployed.document).replace(':*"', '*"'))
    deployed.allow(document)
    write_log(deployed, arn, f"before-{action}")
    deployed.allow(without(document, f"logs:{action}", "*"))
    with pytest.raises(ClientError) as raised:
        write_log(deployed, arn, f"after-{action}")
    assert raised.value.operation_name == action
    assert raised.value.response["Error"]["Code"].startswith("AccessDenied")
