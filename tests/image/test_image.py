"""The image itself: built for real, in a container store of the tests' own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.clone import Clone
from tests.cloud import deployable, python, set_beside
from tests.engines import ROOT
from tests.images import project
from tests.images.store import Store, opened
from tools import stages
from tools.deploy import extras
from tools.epoch import MADE
from tools.image import archive, lock, sizes, source
from tools.image.archive import Archive
from tools.image.podman import Buildah

pytestmark = pytest.mark.slow
NOWHERE = "http://127.0.0.1:9"  # the port of the discard protocol: nobody listens
IMPORT = """
import os, sys, time
begun = time.perf_counter()
sys.path.insert(0, "/var/task")
import app
took = time.perf_counter() - begun
files = [(module, getattr(module, "__file__", None) or "") for module in [*sys.modules.values()]]
below = [module for module, file in files if file.startswith("/var/task")]
sources = [m for m in below if m.__file__.endswith(".py")]
compiled = [m.__name__ for m in sources if not os.path.exists(m.__cached__)]
print(f"{len(below)} modules in {took * 1000:.0f} ms, compiled by this start:", compiled)
"""


@dataclass(frozen=True)
class Built:
    store: Store
    reference: str
    about: dict[str, Any]  # image.json
    sbom: str
    held: Archive

    def run(self, *command: str, user: str = "1000:1000") -> str:
        """What a command in the image prints."""
        made = self.store.buildah("from", "--pull=never", self.reference).splitlines()[-1]
        try:
            return self.store.buildah("run", "--user", user, made, "--", *command)
        finally:
            self.store.buildah("rm", made)


@pytest.fixture(scope="module")
def built(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """By `make image STAGE=dev ENGINE=buildah`, in a copy of the project."""
    reference = project.image(store)
    folder = store.folder / "clone/.local/image/dev"
    file = tmp_path_factory.mktemp("archive") / "image.tar"
    store.buildah("push", "--quiet", reference, f"docker-archive:{file}:{reference}")
    about = json.loads((folder / "image.json").read_text())
    return Built(store, reference, about, (folder / "sbom.json").read_text(), archive.read(file))


def make(clone: Clone, store: Store, **env: str) -> subprocess.CompletedProcess[str]:
    """`make image STAGE=dev ENGINE=buildah` in a clone, without make."""
    command = [*python(clone), "tools.image.build", "--stage", "dev", "--engine", "buildah"]
    return clone.run(*command, **(store.environment | env))


def refused(clone: Clone, store: Store, **env: str) -> str:
    done = make(clone, store, **env)
    assert done.returncode == 1, done.stdout
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr.strip()


def test_our_layers_are_small(built: Built) -> None:
    assert [layer.title for layer in built.held.layers] == ["dependencies", "app"]
    stage = stages.read("dev")
    features = {extra: sizes.of(extra, built.held, stage) for extra in extras.extras()}
    told = built.about["bytes_of_features"]
    assert told == {extra.title: size for extra, size in features.items()}
    print(*sizes.told(built.about["bytes"], features), sep="\n")
    for extra, size in features.items():
        assert 0 < size < extra.budget * sizes.MB
    assert built.held.size - sum(features.values()) < sizes.BUDGET * sizes.MB
    assert built.about["bytes"] == {layer.title: layer.size for layer in built.held.layers}


def test_what_checks_tokens_is_what_pyjwt_and_cryptography_need(built: Built) -> None:
    lower = built.held.layers[0]
    metadata = [data for name, (_, data) in lower.files.items() if name.endswith("info/METADATA")]
    added = extras.TOKENS.packages(metadata, stages.read("dev"))
    assert added == {"pyjwt", "cryptography", "cffi", "pycparser"}
    places = {name.split("/")[2] for name in lower.files if name.count("/") > 1}
    listed = {
        each["name"]: {*each["places"]} for each in json.loads(built.held.read(sizes.PACKAGES))
    }
    assert {"jwt"} < listed["PyJWT"] < places
    assert {"cryptography"} < listed["cryptography"] < places


def test_its_native_code_checks_tokens(built: Built) -> None:
    program = "import sys; sys.path.insert(0, '/var/task'); import chalicekit.tokens as t; print(t)"
    assert "/var/task/chalicekit/tokens.py" in built.run("python3", "-c", program)


def test_all_may_read_every_file(built: Built) -> None:
    for layer in built.held.layers:
        for name, (entry, _) in layer.files.items():
            assert entry.isdir() or entry.isfile(), name
            assert entry.mode & 0o777 == (0o755 if entry.isdir() else 0o644), name
            assert (entry.uid, entry.gid, entry.mtime) == (0, 0, MADE), name


def test_nothing_but_the_app_is_in_it(built: Built) -> None:
    lower, upper = (layer.files for layer in built.held.layers)
    tops = {name.split("/")[2] for name in upper if name.count("/") > 1}
    assert tops == {"__pycache__", "app.py", "chalicelib", "chalicekit"}
    data = {name.split("/")[4] for name in lower if name.startswith("var/task/botocore/data/")}
    assert {name for name in data if "." not in name} == {
        "apigatewaymanagementapi",  # Chalice's own, for websockets
        *("dynamodb", "s3", "sesv2", "signin", "sso", "sso-oidc", "sts"),
    }
    assert not any(name.endswith("RECORD") for name in lower)


def test_its_labels_say_what_it_is(built: Built) -> None:
    labels = built.held.config["config"]["Labels"]
    prefix = "org.opencontainers.image."
    ours = {name: value for name, value in labels.items() if name.startswith(prefix)}
    assert {name.removeprefix(prefix): value for name, value in ours.items()} == {
        "base.digest": built.about["base_digest"],
        "base.name": built.about["base"],
        "licenses": "MIT",
        "revision": "",
        "source": "",
        "title": "users-api",
        "version": "0.1.0",
    }
    assert built.held.config["config"]["Cmd"] == ["app.app"]
    assert built.held.config["created"] == "2000-01-01T00:00:00Z"


def test_other_labels_make_another_image_whatever_was_built_before(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    last = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    last = last.replace("--from=build /build/out/", "")  # what the first stage makes takes long

    def labelled(revision: str) -> str:
        (tmp_path / "Dockerfile").write_text(f"ARG BASE=scratch\nFROM {last}")
        source.label(tmp_path / "Dockerfile", {"BASE": "scratch", "REVISION": revision})
        return Buildah().build(
            tmp_path,
            "labelled:latest",
            platform="linux/amd64",
            arguments={"REVISION": revision},
            secrets={},
            log=tmp_path / "log",
        )

    for folder in ("dependencies", "app"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").write_text(folder)
    one, two = labelled("one"), labelled("two")
    assert store.settings("labelled")["Labels"]["org.opencontainers.image.revision"] == "two"
    assert labelled("one") == one != two


def test_the_list_of_what_it_holds_has_every_pin(built: Built) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(built.sbom) is None
    parts = json.loads(built.sbom)["components"]
    libraries = [part for part in parts if part["type"] == "library"]
    held = {part["bom-ref"].removeprefix("pkg:pypi/").split("@")[0]: part for part in libraries}
    locked = (ROOT / lock.LOCKED).read_text()
    pins = lock.pins(ROOT / lock.WANTED)
    del pins["dnspython"]  # nothing asks for it (tools/deploy/unused.toml)
    assert {name: part["version"] for name, part in held.items()} == pins
    for name, part in held.items():
        assert f"--hash=sha256:{part['hashes'][0]['content']}" in locked, name
        assert part["licenses"], name


def test_whoever_runs_it_imports_what_is_compiled(built: Built) -> None:
    said = built.run("python3", "-S", "-c", IMPORT, user="1000:1000")
    assert said.endswith("compiled by this start: []"), said


def test_another_clone_makes_the_same_image(built: Built, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        clone = deployable(tmp_path / "another place")
        set_beside(clone)  # as `built` has it
        for path in sorted(clone.folder.rglob("*")):
            if not path.is_symlink() and ".local" not in path.parts:
                path.chmod(0o700 if path.is_dir() else 0o600)
                os.utime(path, (1_000_000_000, 1_000_000_000))
        clone.write("chalicelib/.env", "SECRET=1")
        clone.write(f"chalicelib/__pycache__/users.{sys.implementation.cache_tag}.pyc", "stale")
        done = make(clone, opened(tmp_path / "store"))
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stderr
    assert json.loads(clone.text(".local/image/dev/image.json")) == built.about
    assert clone.text(".local/image/dev/sbom.json") == built.sbom


def test_a_plain_build_holds_the_same(built: Built, tmp_path: Path) -> None:
    clone = deployable(tmp_path / "clone")
    set_beside(clone)  # as `built` has it
    clone.write("chalicelib/.env", "SECRET=1")
    clone.write(f"chalicelib/__pycache__/users.{sys.implementation.cache_tag}.pyc", "stale")
    command = ["build", "--layers", "--network", "host", "--timestamp", str(MADE), "--quiet"]
    built.store.buildah(*command, "--pull=missing", "--tag", "plain", str(clone.folder))
    file = tmp_path / "plain.tar"
    built.store.buildah("push", "--quiet", "plain", f"docker-archive:{file}:plain")
    plain = archive.read(file)
    ours = [layer.digest for layer in built.held.layers]
    assert [layer.digest for layer in plain.layers] == ours


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A copy whose requirements no build has seen: what is fetched for it is fetched anew."""
    made = deployable(tmp_path_factory.mktemp("changed") / "clone")
    made.write(lock.LOCKED, made.text(lock.LOCKED) + "# another file\n")
    return made


def test_no_network_inside_of_the_build_is_one_line(store: Store, clone: Clone) -> None:
    index = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": NOWHERE, "PIP_RETRIES": "0"}
    assert refused(clone, store, **index) == (
        "Not built: the package index cannot be reached from inside of the build: see pip config "
        f"list. (all of it: {clone.folder}/.local/image/dev/build.log)"
    )
    assert not list((clone.folder / ".local/image/dev").glob("tmp*"))  # no secrets


def test_a_hash_that_does_not_fit_is_one_line(store: Store, tmp_path: Path) -> None:
    made = deployable(tmp_path / "clone")
    pinned = re.sub(r"(six==\S+)( \\\n    --hash=\S+)+", "", made.text(lock.LOCKED))
    made.write(lock.LOCKED, f"{pinned}six==1.17.0 --hash=sha256:{'0' * 64}\n")
    assert refused(made, store).startswith(
        "Not built: six==1.17.0 is not the file that requirements-image.txt names by its hash"
    )


def test_a_base_that_is_not_there_is_one_line(store: Store, clone: Clone) -> None:
    line = refused(clone, store, BASE="127.0.0.1:9/lambda/python:3.11")
    assert line == (
        "The base image 127.0.0.1:9/lambda/python:3.11 cannot be fetched (connection refused): "
        "it needs a network once; BASE= names it in another registry."
    )


def test_a_service_that_is_not_written_down_is_one_line(store: Store, tmp_path: Path) -> None:
    made = deployable(tmp_path / "clone")
    made.write(
        "chalicelib/more.py", "def client(session, name):\n    session.create_client(name)\n"
    )
    assert refused(made, store).startswith(
        "Not built: chalicelib/more.py, line 2: write the service's name there, in quotes"
    )


@contextmanager
def served(clone: Clone, store: Store) -> Iterator[subprocess.Popen[str]]:
    command = [*python(clone), "tools.image.run", "--engine", "buildah", "--port", str(clone.port)]
    process = subprocess.Popen(
        command,
        cwd=clone.folder,
        env=clone.env | store.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@pytest.mark.users
def test_the_image_runs_as_an_ordinary_server_until_ctrl_c(
    built: Built, store: Store, tmp_path: Path
) -> None:
    clone = deployable(tmp_path / "clone")
    url = f"http://127.0.0.1:{clone.port}"
    with served(clone, store) as process:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if line.startswith("Serving at"):
                break
        assert lines[-1] == f"Serving at {url}", lines
        made = requests.post(
            f"{url}/users", json={"name": "A", "email": "a@example.com"}, timeout=9
        )
        assert made.status_code == 201, made.text
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
        assert time.monotonic() - begun < 10
        assert process.returncode == 0, said
        assert all(json.loads(line)["event"] == "request" for line in said.splitlines())
    assert store.buildah("containers", "--quiet", "--filter", "name=users-api-local") == ""
