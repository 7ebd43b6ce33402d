"""What CloudFormation is asked for where tables come into the data stack, and others leave it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from moto import mock_aws

from tests.deploy.formation import Formation
from tools import stages
from tools.cloudformation import parameters
from tools.data import table_import, tables
from tools.refusals import Refusal

pytestmark = pytest.mark.users
DEV = stages.read("dev")
USERS, CLAIMS = DEV.table("users"), DEV.table("claims")
VALUES = {"App": DEV.app, "Stage": DEV.name}
WHOLE = parameters.read(tables.TEMPLATE)
TEMPLATE = WHOLE | {
    "Resources": {k: v for k, v in WHOLE["Resources"].items() if v["Type"] == table_import.TABLE},
    "Outputs": {"Users": {"Value": {"Ref": "UsersTable"}}},
}


class Importing(Formation):
    """A stack with these resources, that takes what it is given. `templates`: what it was given."""

    def __init__(self, *held: tuple[str, str, str]) -> None:
        done: Any = ("UPDATE_COMPLETE", [])
        super().__init__("CREATE_COMPLETE", update_stack=done, execute_change_set=done)
        self.held = held  # names in the template and of the table, status
        self.imported: dict[str, str] = {}

    def describe_stack_resources(self, **_: str) -> dict[str, Any]:
        names = ("LogicalResourceId", "PhysicalResourceId", "ResourceStatus")
        rows = [dict(zip(names, row, strict=True)) for row in self.held]
        return {"StackResources": rows}

    def create_change_set(self, **request: Any) -> None:
        assert request["ChangeSetType"] == "IMPORT"
        self.requests.append(request)
        self.imported = {
            each["LogicalResourceId"]: each["ResourceIdentifier"][
                table_import.IDENTIFIERS[each["ResourceType"]]
            ]
            for each in request["ResourcesToImport"]
        }

    def describe_change_set(self, **_: str) -> dict[str, str]:
        return {"Status": "CREATE_COMPLETE"}

    def templates(self) -> list[dict[str, Any]]:
        bodies = [each["TemplateBody"] for each in self.requests if "TemplateBody" in each]
        return [json.loads(body) for body in bodies]


class Existing:
    """A DynamoDB with these tables, whose keys are those that the template wants, or `keys`."""

    def __init__(self, *names: str, keys: dict[str, Any] | None = None) -> None:
        self.names, self.keys = names, keys
        self.wanted = {each["TableName"]: each for each in tables.tables(DEV.app, DEV.name)}

    def describe_table(self, **request: str) -> dict[str, Any]:
        if request["TableName"] not in self.names:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeTable")
        near = max(name for name in self.wanted if request["TableName"].startswith(name))
        return {"Table": {"TableStatus": "ACTIVE"} | (self.keys or self.wanted[near])}


def brought(formation: Importing, *existing: str) -> bool:
    clients = formation.clients(dynamodb=Existing(*existing))
    return table_import.bring_in(clients, DEV.data_stack, TEMPLATE, VALUES)


def test_a_table_that_left_the_stack_and_stayed_is_imported() -> None:
    formation = Importing(
        ("UsersTable", USERS, "DELETE_SKIPPED"), ("ClaimsTable", CLAIMS, "CREATE_COMPLETE")
    )
    assert brought(formation, USERS, CLAIMS)
    assert formation.imported == {"UsersTable": USERS}


def test_a_table_that_was_deleted_and_is_there_is_imported() -> None:
    formation = Importing(
        ("UsersTable", USERS, "DELETE_COMPLETE"), ("ClaimsTable", CLAIMS, "CREATE_COMPLETE")
    )
    assert brought(formation, USERS, CLAIMS)
    assert formation.imported == {"UsersTable": USERS}


def test_what_is_in_the_stack_or_not_there_is_not_imported() -> None:
    formation = Importing(("UsersTable", USERS, "UPDATE_COMPLETE"))
    assert not brought(formation, USERS)
    assert formation.requests == []


def test_another_table_leaves_first_and_neither_step_has_outputs() -> None:
    """The outputs speak of tables that are not in the stack, and an import takes none."""
    formation = Importing(
        ("UsersTable", "restored", "CREATE_COMPLETE"), ("ClaimsTable", CLAIMS, "CREATE_COMPLETE")
    )
    assert brought(formation, USERS, CLAIMS)
    before, after = formation.templates()
    assert made(before) == {"ClaimsTable"}
    assert made(after) == {"ClaimsTable", "UsersTable"}
    for template in (before, after):
        assert template.keys() == TEMPLATE.keys() - {"Outputs"}


def test_between_all_tables_that_leave_and_come_the_stack_is_not_empty() -> None:
    formation = Importing(
        ("UsersTable", "old", "CREATE_COMPLETE"), ("ClaimsTable", "older", "CREATE_COMPLETE")
    )
    assert brought(formation, USERS, CLAIMS)
    between = formation.templates()[0]
    assert made(between) == set()
    assert between["Resources"].items() >= table_import.PLACEHOLDER.items()


def made(template: dict[str, Any]) -> set[str]:
    """The tables of a template."""
    found = template["Resources"].items()
    return {name for name, one in found if one["Type"] == table_import.TABLE}


MAPS: dict[str, Any] = {
    "MapsBucket": {
        "Type": table_import.BUCKET,
        "Properties": {"BucketName": {"Fn::Sub": "${App}-${Stage}-maps-${AWS::AccountId}"}},
    },
    "MapsBucketPolicy": {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": {"Ref": "MapsBucket"}},
    },
    "MailIdentity": {
        "Type": table_import.IDENTITY,
        "Properties": {"EmailIdentity": {"Ref": "MailName"}},
    },
}
BUCKET = f"{DEV.stack}-maps-123456789012"


class WithMore:
    """An account of moto's with a template of tables, a bucket and an identity."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.template = TEMPLATE | {"Resources": TEMPLATE["Resources"] | MAPS}
        path = tmp_path / "data.json"
        path.write_text(json.dumps(self.template))
        monkeypatch.setattr(tables.buckets, "__defaults__", ("", path))
        self.others = {name: client(name) for name in ("s3", "sts", "sesv2")}

    def brought(self, formation: Importing, **values: str) -> bool:
        clients = formation.clients(dynamodb=Existing(USERS), **self.others)
        return table_import.bring_in(clients, DEV.data_stack, self.template, VALUES | values)


def client(service: str) -> Any:
    session = get_session()
    session.set_credentials("x", "y")
    return session.create_client(service, region_name="us-east-1")


@pytest.fixture
def more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[WithMore]:
    with mock_aws():
        made = WithMore(monkeypatch, tmp_path)
        yield made
        # Where other tests have begun moto in this process, it forgets nothing here.
        if BUCKET in {one["Name"] for one in made.others["s3"].list_buckets()["Buckets"]}:
            made.others["s3"].delete_bucket(Bucket=BUCKET)
        made.others["sesv2"].delete_email_identity(EmailIdentity="a@example.com")


def test_a_bucket_that_a_stack_now_gone_has_left_is_imported(more: WithMore) -> None:
    more.others["s3"].create_bucket(Bucket=BUCKET)
    formation = Importing()
    formation.status = ""
    assert more.brought(formation)
    assert formation.imported == {"UsersTable": USERS, "MapsBucket": BUCKET}


def test_what_speaks_of_a_bucket_is_not_there_before_it(more: WithMore) -> None:
    more.others["s3"].create_bucket(Bucket=BUCKET)
    formation = Importing(("UsersTable", USERS, "CREATE_COMPLETE"))
    assert more.brought(formation)
    assert formation.imported == {"MapsBucket": BUCKET}
    before, after = formation.templates()
    assert {"MapsBucket", "MapsBucketPolicy"}.isdisjoint(before["Resources"])
    assert "MailIdentity" in before["Resources"]
    assert "MapsBucketPolicy" not in after["Resources"]


def test_a_bucket_that_is_in_the_stack_or_not_there_is_not_imported(more: WithMore) -> None:
    held = (("UsersTable", USERS, "CREATE_COMPLETE"), ("MapsBucket", BUCKET, "CREATE_COMPLETE"))
    assert not more.brought(Importing(*held))
    assert not more.brought(Importing(*held[:1]))


def test_an_identity_that_ses_has_is_not_taken(more: WithMore) -> None:
    more.others["sesv2"].create_email_identity(EmailIdentity="a@example.com")
    formation = Importing(("UsersTable", USERS, "CREATE_COMPLETE"))
    assert not more.brought(formation, MailName="b@example.com")
    with pytest.raises(Refusal) as raised:
        more.brought(formation, MailName="a@example.com")
    assert str(raised.value) == (
        "SES has the identity a@example.com already: take MailName out of the parameters of "
        "stage dev (.chalice/config.json)."
    )


@pytest.mark.parametrize(
    ("name", "kind", "type"), [("other", "HASH", "S"), ("id", "HASH", "N"), ("id", "RANGE", "S")]
)
def test_a_table_with_other_keys_is_not_taken(name: str, kind: str, type: str) -> None:
    keys = {
        "KeySchema": [{"AttributeName": name, "KeyType": kind}],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": type}],
    }
    formation = Importing()
    clients = formation.clients(dynamodb=Existing(USERS, keys=keys))
    with pytest.raises(Refusal, match=f"^There is a table {USERS} with other keys than infra/"):
        table_import.bring_in(clients, DEV.data_stack, TEMPLATE, VALUES)
    assert formation.requests == []
