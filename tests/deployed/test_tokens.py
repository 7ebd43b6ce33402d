"""A stage that asks for tokens: deployed, behind its gateway, and with an issuer on loopback."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import cloud
from tests.cloud import configure
from tests.contract.client import assert_problem
from tests.deployed.package import Package, ended_well, event
from tests.deployed.test_layer import part, publish
from tests.issuing import Issuing
from tests.resources import Json
from tests.resources.users import USERS
from tools.deploy.protected import CHALLENGES

pytestmark = pytest.mark.users
CONFIG = ".chalice/config.json"
PATH = USERS.path
MACHINES = {"x86_64": 62, "arm64": 183}  # e_machine of ELF


@pytest.fixture(scope="module")
def issuer(package: Package) -> Iterator[Issuing]:
    """The stage takes its tokens, and is as it was afterwards."""
    before = package.clone.text(CONFIG)
    with Issuing() as issuer:
        configure(package.clone, environment_variables=issuer.settings | {"RATE_LIMIT": "60000"})
        token = issuer.token()
        told = ended_well(cloud.deploy(package.aws, package.clone, TOKEN=token))
        answer = f"{closed(package)} operations answer 401; the keys of the issuer are there."
        assert f"  Without a token {answer}\n" in told
        assert f"  {PATH}: one was made, read and deleted.\n" in told
        assert token not in told
        yield issuer
    package.clone.write(CONFIG, before)
    package.deploy()


def closed(package: Package) -> int:
    """How many operations ask for a token, as the API says itself."""
    paths = package.send("GET", "/openapi.json").json()["paths"].values()
    return sum(bool(one.get("security")) for operations in paths for one in operations.values())


def challenge(answer: Any) -> str:
    """What says how to come back, by the name that the gateway leaves it."""
    (found,) = [answer.headers[name] for name in CHALLENGES if name in answer.headers]
    return str(found)


@pytest.mark.usefixtures("issuer")
def test_without_a_token_there_is_nothing(package: Package) -> None:
    for method, path in (("GET", PATH), ("POST", PATH), ("GET", f"{PATH}/7")):
        answer = package.send(method, path)
        assert_problem(answer, 401, "unauthorized")
        assert challenge(answer) == 'Bearer realm="users-api"'
    assert package.send("GET", "/health?deep=1").status_code == 200


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": 1}, "token_expired"),
        ({"aud": "another"}, "token_invalid"),
        ({"iss": "https://id.example.com"}, "token_invalid"),
        ({"headers": {"kid": "another"}}, "token_invalid"),
    ],
)
def test_a_wrong_token_is_none(
    package: Package, issuer: Issuing, claims: dict[str, Any], code: str
) -> None:
    answer = package.send("GET", PATH, headers=issuer.bearer(**claims))
    assert_problem(answer, 401, code)
    assert 'error="invalid_token"' in challenge(answer)


def test_a_token_opens_what_its_scopes_say(package: Package, issuer: Issuing) -> None:
    reader = issuer.bearer(scope="users:read")
    refused = package.send("POST", PATH, json=USERS.sample(), headers=reader)
    assert_problem(refused, 403, "forbidden")
    assert 'error="insufficient_scope", scope="users:write"' in challenge(refused)
    made = package.send("POST", PATH, json=USERS.sample(), headers=issuer.bearer())
    assert made.status_code == 201, made.text
    own = f"{PATH}/{made.json()[USERS.key]}"
    assert package.send("GET", own, headers=reader).json() == made.json()
    listed = package.send("GET", PATH, headers=reader)
    assert (listed.status_code, listed.headers["RateLimit-Policy"]) == (
        200,
        '"caller";q=60000;w=60',
    )
    assert_problem(package.send("DELETE", own, headers=reader), 403, "forbidden")
    assert package.send("DELETE", own, headers=issuer.bearer()).status_code == 204


def test_what_checks_them_is_the_layer_s_and_of_lambda_s_platform(
    package: Package, issuer: Issuing
) -> None:
    publish(package, "checking", package.outputs["Layer"])
    asked: Json = event("GET", PATH)
    asked["headers"] |= issuer.bearer()
    told = package.invoke("checking", [asked])
    assert told.get("answers") == [200], told
    files = {name: file for name, (file, _) in told["modules"].items()}
    natives = {"cryptography.hazmat.bindings._rust", "_cffi_backend"}
    for name in {"jwt", "cryptography"} | natives:
        assert part(files[name]) == "layer_0", name
    stage = json.loads(package.clone.text(CONFIG))
    for name in natives:
        head = Path(files[name]).read_bytes()[:20]
        assert head[:4] == b"\x7fELF"
        assert int.from_bytes(head[18:20], "little") == MACHINES[stage["lambda_architecture"]]
