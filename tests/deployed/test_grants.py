"""The deployed API needs each grant of its policy: without any one of them it is broken.

Deployed with IAM enforced. A grant is one action on one table or index. Each is taken out of the
role in turn, and tests of the contract suite are run until one fails; it must fail because
DynamoDB refused the function. With all of them none fails.
"""

import json
import time
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import botocore.session
import pytest
import requests
from botocore.exceptions import ClientError

from chalicekit.lists import PAGING
from chalicekit.table import TABLES
from tests.cloud import STAGE
from tests.contract import test_change, test_create, test_headers, test_idempotency
from tests.contract.client import Api, assert_problem
from tests.deployed.package import Package
from tests.engines import APP, REGION
from tests.targets import Target
from tools.policies import grants

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


class Deployed:
    """The API on a local AWS, the policy of its role, and what it answered."""

    def __init__(self, package: Package) -> None:
        self.url, self.log_group = package.url, package.outputs["LogGroup"]
        self.iam, self.logs = package.aws.client("iam"), package.aws.client("logs")
        self.session, self.answers = package.aws.session(), list[requests.Response]()
        self.session.hooks["response"] = [lambda answer, **_: self.answers.append(answer)]
        client = package.aws.client("lambda")
        found = client.get_function_configuration(FunctionName=package.function)
        self.role_arn: str = found["Role"]
        self.role = self.role_arn.rpartition("/")[2]
        (self.policy,) = self.iam.list_role_policies(RoleName=self.role)["PolicyNames"]
        policy = self.iam.get_role_policy(RoleName=self.role, PolicyName=self.policy)
        self.document: Json = policy["PolicyDocument"]

    def allow(self, document: Json) -> None:
        self.iam.put_role_policy(
            RoleName=self.role, PolicyName=self.policy, PolicyDocument=json.dumps(document)
        )

    def failure(self, table: str = "") -> requests.Response | None:
        """The answer that the first proof fails for, of those of one resource, or of all."""
        target = Target("deployed", self.url, session=self.session, stage=STAGE, gateway=True)
        described = {resource.table: resource for resource in target.resources}
        for resource in [described[table]] if table in described else described.values():
            for proof in PROOFS:
                self.answers.clear()
                try:
                    proof(Api(target, resource))
                except (AssertionError, KeyError):  # KeyError: an item was looked for in a problem
                    failed = [answer for answer in self.answers if answer.status_code >= 500]
                    return (failed or self.answers)[0]
        return None

    def refusals(self, since: float) -> set[str]:
        """Why DynamoDB refused the function since that time, by its log."""
        deadline = time.monotonic() + LOG_SECONDS
        asked = {"logGroupName": self.log_group, "startTime": int(since * 1000)}
        while time.monotonic() < deadline:
            found = self.logs.filter_log_events(**asked, filterPattern="dynamodb_refused")
            if events := found["events"]:
                return {json.loads(event["message"])["reason"] for event in events}
            # A line that came too late for its call is taken with the next one's.
            self.session.get(f"{self.url}/health", timeout=30)
        return set()


@pytest.fixture(scope="module")
def once(package: Package) -> Deployed:
    return Deployed(package)


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
    assert bool(deployed.answers) == bool(GRANTS), "nothing was tried"


@pytest.mark.parametrize(("table", "action", "place"), GRANTS)
def test_without_a_grant_the_suite_is_red(
    deployed: Deployed, table: str, action: str, place: str
) -> None:
    begun = time.time()
    deployed.allow(without(deployed.document, action, f"table/{APP}-{STAGE}-{place}"))
    failed = deployed.failure(table)
    assert failed is not None, (
        f"nothing needs {action} on {place}: tools/policies/grants.py asks too much"
    )
    assert_problem(failed, 503, "unavailable")
    assert deployed.refusals(begun) == {"AccessDeniedException"}


@pytest.fixture(scope="module")
def logs(package: Package, once: Deployed) -> Any:
    """A client with the role of the function, as Lambda has it."""
    sts = package.aws.client("sts")
    given = sts.assume_role(RoleArn=once.role_arn, RoleSessionName="lambda")["Credentials"]
    return botocore.session.Session().create_client(
        "logs",
        region_name=REGION,
        endpoint_url=package.aws.url,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )


@pytest.mark.parametrize("action", ["CreateLogStream", "PutLogEvents"])
def test_without_a_grant_nothing_is_logged(deployed: Deployed, logs: Any, action: str) -> None:
    """The emulator writes the log by itself, whatever the role may do; so the test takes the role.

    That Lambda makes these two requests, and no third one, is AWS's word, not shown here.
    """
    # AWS compares CreateLogStream with the ARN of a stream, the emulator with that of the group.
    document = json.loads(json.dumps(deployed.document).replace(':*"', '*"'))
    deployed.allow(document)
    log(logs, deployed.log_group, f"before {action}")
    deployed.allow(without(document, f"logs:{action}", "*"))
    with pytest.raises(ClientError) as raised:
        log(logs, deployed.log_group, f"after {action}")
    assert raised.value.operation_name == action
    assert raised.value.response["Error"]["Code"].startswith("AccessDenied")


def log(logs: Any, group: str, stream: str) -> None:
    """What Lambda does where a log begins."""
    place = {"logGroupName": group, "logStreamName": stream}
    logs.create_log_stream(**place)
    line = {"timestamp": int(time.time() * 1000), "message": "a line"}
    logs.put_log_events(**place, logEvents=[line])
