"""A registry that is not the emulator's: docker-registry, with a password that ECR gave."""

import ctypes
import json
import os
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.cloud import cloud
from tests.engines import free_port, until_answering
from tests.images import project
from tests.images.container import Container
from tests.images.environment import Environment, lambda_variables
from tests.images.store import Store
from tools.image.finding import found
from tools.refusals import Refusal

PROGRAM = shutil.which("docker-registry")
NAME = "users-api-dev"

# In CI it is there: .ci/run installs it.
LACKING = not PROGRAM and os.environ.get("CI") != "true"
pytestmark = pytest.mark.skipif(LACKING, reason="apt-get install docker-registry")


@dataclass
class Registry:
    place: str
    user: str
    password: str


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder = tmp_path_factory.mktemp("registry")
    with cloud(folder / "aws") as aws:
        (given,) = aws.client("ecr").get_authorization_token()["authorizationData"]
    user, _, password = b64decode(given["authorizationToken"]).decode().partition(":")
    (folder / "passwords").write_text(f"{user}:{bcrypt(password)}\n")
    place = f"127.0.0.1:{free_port()}"
    settings = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(folder / "images")}},
        "http": {"addr": place},
        "auth": {"htpasswd": {"realm": "ecr", "path": str(folder / "passwords")}},
    }
    (folder / "settings.yml").write_text(json.dumps(settings))  # JSON is YAML
    with (folder / "log").open("wb") as log:
        command = [str(PROGRAM), "serve", str(folder / "settings.yml")]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until_answering(process, f"http://{place}/v2/", folder / "log")
        yield Registry(place, user, password)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder / "images", ignore_errors=True)


def bcrypt(password: str) -> str:
    """The one hash that the registry takes. Python has no module for it any more."""
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    made: bytes = crypt(password.encode(), b"$2b$04$" + b"a" * 22)
    return made.decode()


def test_what_was_pushed_is_pulled_by_its_digest_and_runs(
    registry: Registry, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, own = project.image(store), (registry.user, registry.password)
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    to = f"{registry.place}/{NAME}:1"
    found("buildah").push(image, to, user=own[0], password=own[1], insecure=True)
    digest = digest_of(registry)

    other = Store(tmp_path / "store", store.driver)  # which has nothing of it
    source = f"docker://{registry.place}/{NAME}@{digest}"
    pulled = other.buildah(
        "pull", "--quiet", "--tls-verify=false", "--creds", ":".join(own), source
    )
    assert f"sha256:{pulled}" == found("buildah").image_id(image)
    container = Container(other, pulled)
    variables = {"AUTH": "none", "STAGE": "dev", "APP_NAME": "users-api"}
    names = lambda_variables(NAME) | variables
    with Environment(container, names, tmp_path) as environment:
        outcome = environment.invoke(b'{"warmup": true}')
    container.remove()
    assert (outcome.failed, json.loads(outcome.payload)) == (False, {"warm": True}), outcome


def digest_of(registry: Registry) -> str:
    """By which the registry knows what was pushed: a hash of the manifest's bytes."""
    asked = requests.head(
        f"http://{registry.place}/v2/{NAME}/manifests/1",
        auth=(registry.user, registry.password),
        headers={"Accept": "application/vnd.oci.image.manifest.v1+json"},
        timeout=10,
    )
    assert asked.status_code == 200, asked.status_code
    return asked.headers["Docker-Content-Digest"]


def test_another_password_is_refused_in_one_line(
    registry: Registry, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = project.image(store)
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    to = f"{registry.place}/{NAME}:2"
    with pytest.raises(Refusal) as raised:
        found("buildah").push(image, to, user="AWS", password="another", insecure=True)
    assert "\n" not in str(raised.value)
    assert "another" not in str(raised.value)
