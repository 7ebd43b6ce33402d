"""What a deployment with VIA=package changes, and what it leaves as it was.

The tests stand in the order of a stage's life. Each leaves it serving, and the source such that it
can be deployed. ministack needs no pause between deployments: each takes longer than the second
within which two collide there.
"""

import pytest

from tests.cloud import STACK, configure
from tests.contract.client import assert_problem
from tests.deployed.package import Package, State, event, printed
from tests.deployed.test_layer import imported
from tests.resources import Json
from tests.resources.users import USERS


@pytest.fixture(scope="module")
def kept(package: Package) -> Json:
    """An item that outlives everything."""
    made = package.send("POST", USERS.path, json=USERS.sample())
    assert made.status_code == 201, made.text
    item: Json = made.json()
    return item


@pytest.fixture(scope="module")
def before(package: Package) -> State:
    """What is deployed, without provisioned concurrency; the view is another one since."""
    provided = package.state()
    configure(package.clone, parameters={"ProvisionedConcurrency": 0, "AlarmErrors": 7})
    line = package.fail("--canary", "10")
    assert line.endswith(", and what is live has it: deploy once without CANARY.")
    assert package.state() == provided
    package.deploy()
    deployed = package.state()
    assert (deployed.version, deployed.provisioned) == (provided.version, 0)
    package.remove("told", "first")
    package.add("told", "second")
    return deployed


def test_one_at_a_time_and_a_killed_one_is_none(package: Package, before: State) -> None:
    with package.start() as process:
        printed(process, "Stage dev: ")
        assert package.fail().startswith("Stage dev is being changed already, by process ")
        printed(process, "  Uploading the function ")
        process.kill()
    assert process.returncode < 0
    assert package.state() == before


@pytest.fixture(scope="module")
def canary(package: Package, before: State) -> State:
    told = package.deploy("--canary", "10")
    new = package.outputs["Version"]
    assert f"Trying version {new} by itself, then http" in told
    assert "  The URL: it answers, and so does DynamoDB.\n" in told
    assert told.splitlines()[-1].endswith(f"/{package.outputs['RestAPIId']}/api")
    return package.state()


@pytest.fixture(scope="module")
def after(package: Package, canary: State) -> State:
    """All calls go to the new version; a module of the kit has another name, and routes differ.

    Chalice's own cache would give the layer of before: it knows requirements.txt alone.
    """
    kit = package.clone.folder / "vendor/chalicekit"
    (kit / "arguments.py").rename(kit / "given.py")  # one module imports it, and each call needs it
    imports = "from . import answers, arguments, auth, "
    renamed = "from . import answers, given as arguments, auth, "
    package.edit("vendor/chalicekit/endpoint.py", imports, renamed)
    package.remove("leaving", "yes")
    package.add("coming", "yes")
    package.deploy()
    return package.state()


def test_a_canary_gets_its_part(package: Package, before: State, canary: State) -> None:
    """ministack shows the weights and calls one version alone: so each is asked directly."""
    new = canary.outputs["Version"]
    assert canary.version == before.version != new
    assert canary.live["RoutingConfig"] == {"AdditionalVersionWeights": {new: 0.1}}
    asked = event("GET", "/told")
    for version, word in ((canary.version, "first"), (new, "second")):
        answer = package.invoke(package.function, asked, version)
        assert (answer["statusCode"], answer["body"]) == (200, f'{{"told":"{word}"}}')


def test_then_all_of_the_calls(before: State, canary: State, after: State) -> None:
    assert (before.told, after.told) == ("first", "second")
    assert after.version == after.outputs["Version"] not in canary.versions
    assert not after.live.get("RoutingConfig")
    assert before.url == canary.url == after.url


def test_editing_a_view_makes_no_layer(before: State, canary: State) -> None:
    assert canary.outputs["Layer"] == before.outputs["Layer"]


def test_renaming_a_module_of_the_kit_makes_one(
    package: Package, canary: State, after: State
) -> None:
    assert after.outputs["Layer"] != canary.outputs["Layer"]
    modules = imported(package, "renamed")
    assert "chalicekit.given" in modules
    assert "chalicekit.arguments" not in modules


def test_routes_come_and_go(package: Package, after: State) -> None:
    assert package.send("GET", "/coming").json() == {"coming": "yes"}
    assert_problem(package.send("GET", "/leaving"), 404, "route_not_found")


def test_back_and_forth(package: Package, before: State, after: State) -> None:
    package.make("rollback", f"VERSION={before.version}")
    back = package.state()
    assert (back.version, back.told) == (before.version, "first")
    # The gateway has the new routes still, and the old version does not know them.
    assert_problem(package.send("GET", "/coming"), 404, "route_not_found")

    told = package.make("deploy", "VIA=package")
    assert told.lower().count("nothing has changed.") == 2, told
    again = package.state()
    assert again.outputs == after.outputs
    assert (again.version, again.told, again.versions) == (after.version, "second", after.versions)
    assert told.splitlines()[-1].endswith(f"/{again.outputs['RestAPIId']}/api")

    package.make("rollback")
    assert package.live()["FunctionVersion"] == before.version
    package.make("rollback", f"VERSION={after.version}")
    assert package.state().told == "second"


def test_what_cloudformation_refuses_changes_nothing(package: Package) -> None:
    before = package.state()
    there = '"LogGroupName": {"Ref": "Logs"}'
    with package.changed("infra/api.json", there, '"LogGroupName": "/nowhere"'):
        line = package.fail()
    assert line.startswith(f"{STACK}: UPDATE_ROLLBACK_COMPLETE, because DynamoDBErrors: ")
    assert "The specified log group does not exist" in line
    assert package.state() == before


def test_what_cannot_be_imported_is_not_deployed(package: Package) -> None:
    before = package.state()
    broken = "raise RuntimeError('broken')\ncomplete(app)"
    with package.changed("app.py", "complete(app)", broken):
        line = package.fail()
    assert "app.py" in line
    assert "RuntimeError: broken" in line
    assert package.state() == before


HEALTH = ("chalicelib/home.py", "return Health()", "raise RuntimeError('broken')")
NOT_WELL = "Deployed, and not well: GET /health: expected 200, got 500 "


def test_a_canary_that_fails_when_it_is_tried_gets_no_calls(package: Package) -> None:
    before = package.state()
    with package.changed(*HEALTH):
        line = package.fail("--canary", "10")
    assert line.startswith(NOT_WELL)
    assert line.endswith(f" All calls go to version {before.version}.")
    after = package.state()
    assert (after.version, after.told) == (before.version, before.told)
    assert not after.live.get("RoutingConfig", {}).get("AdditionalVersionWeights")
    assert after.outputs["Version"] != before.outputs["Version"]


def test_what_fails_when_it_is_tried_is_taken_back(package: Package) -> None:
    before = package.state()
    configure(package.clone, parameters={"ProvisionedConcurrency": 1, "AlarmErrors": 7})
    kit, name = "vendor/chalicekit/warm.py", "def up()"
    edited = f"EDITED = True\n\n\n{name}"
    with package.changed(*HEALTH), package.changed(kit, name, edited):
        line = package.fail()
    assert line.startswith(NOT_WELL)
    assert line.endswith(f" Live again: version {before.version}.")
    after = package.state()
    assert (after.version, after.told, after.provisioned) == (before.version, before.told, 1)
    assert after.outputs["Version"] != before.version
    assert after.outputs["Layer"] != before.outputs["Layer"]  # for the kit was edited


@pytest.mark.users
def test_destroying_keeps_the_data(package: Package, kept: Json) -> None:
    told = package.told()
    package.make("destroy", f"CONFIRM={STACK}")
    cloudformation = package.aws.client("cloudformation")
    with pytest.raises(cloudformation.exceptions.ClientError, match="does not exist"):
        cloudformation.describe_stacks(StackName=STACK)
    assert package.aws.client("apigateway").get_rest_apis()["items"] == []
    items = package.aws.client().scan(TableName=f"{STACK}-users")["Items"]
    assert kept["id"] in {item["id"]["S"] for item in items}

    package.deploy()
    assert package.send("GET", f"/users/{kept['id']}").json() == kept
    assert package.told() == told
