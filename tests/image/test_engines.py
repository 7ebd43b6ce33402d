"""What Docker, podman and buildah are asked, to the letter; none of them is needed here."""

import base64
import json
import sys
from pathlib import Path

import pytest

from tests.image.engine import FakeEngine
from tools.image import finding
from tools.image.engines import Engine
from tools.refusals import Refusal

PASSWORD = "not to be seen"
DAEMON = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?\n"
TO = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/users-api-dev:1"
AUTH = {"auth": base64.b64encode(f"AWS:{PASSWORD}".encode()).decode()}
AUTHS = {"000000000000.dkr.ecr.eu-west-1.amazonaws.com": AUTH}


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine of this machine, and none of its settings."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DOCKER_CONFIG", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    return FakeEngine("docker", tmp_path, monkeypatch)


@pytest.fixture
def podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    return FakeEngine("podman", tmp_path, monkeypatch)


@pytest.fixture
def buildah(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    return FakeEngine("buildah", tmp_path, monkeypatch)


def refusal(name: str = "") -> str:
    with pytest.raises(Refusal) as raised:
        finding.found(name)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def ready(fake: FakeEngine) -> Engine:
    """The engine, once it was found; what it was asked for that is forgotten."""
    engine = finding.found(fake.name)
    fake.asked()
    return engine


def build(engine: Engine, tmp_path: Path) -> str:
    (tmp_path / "pip.conf").touch()
    return engine.build(
        tmp_path / "context",
        "users-api-dev:latest",
        platform="linux/arm64",
        arguments={"TITLE": "users-api"},
        secrets={"pip": tmp_path / "pip.conf"},
        log=tmp_path / "build.log",
    )


def test_no_engine_is_one_line() -> None:
    assert refusal() == (
        "No engine for images here: install Docker, podman or buildah "
        "(Debian, Ubuntu: sudo apt-get install buildah)."
    )


def test_an_engine_that_is_not_there_is_one_line(buildah: FakeEngine) -> None:
    assert refusal("podman") == "podman is not installed here."


def test_an_engine_that_nobody_knows_is_one_line() -> None:
    assert refusal("nerdctl") == "ENGINE=nerdctl: there is only docker, podman, buildah."


def test_a_docker_without_its_daemon_is_one_line(docker: FakeEngine) -> None:
    docker.answers("version", 1, said=DAEMON)
    line = (
        "Docker is here, and its daemon does not answer (Cannot connect to the Docker daemon at "
        "unix:///var/run/docker.sock. Is it running?): start it, or add ENGINE=podman or "
        "ENGINE=buildah."
    )
    assert refusal() == line
    assert refusal("docker") == line


def test_a_docker_without_buildx_is_one_line(docker: FakeEngine) -> None:
    docker.answers("buildx version", 1, said="docker: 'buildx' is not a docker command.\n")
    assert refusal() == (
        "Docker is here without buildx: install docker-buildx-plugin (or docker-buildx)."
    )


def test_the_first_that_works_is_taken(docker: FakeEngine, podman: FakeEngine) -> None:
    assert finding.found().name == "docker"
    docker.answers("version", 1, said=DAEMON)
    assert finding.found().name == "podman"


def test_a_podman_that_is_called_docker_is_not_taken_for_docker(
    docker: FakeEngine, buildah: FakeEngine
) -> None:
    docker.answers("--version", out="podman version 5.4.0\n")
    assert finding.found().name == "buildah"
    assert refusal("docker") == "docker is podman's here, and Docker itself is not installed here."


def test_a_podman_whose_machine_is_off_is_one_line(podman: FakeEngine) -> None:
    podman.answers("info", 125, said="Cannot connect to Podman.\nError: unable to connect\n")
    assert refusal() == "podman is here, and does not work: unable to connect."


def test_docker_builds_without_attestations_at_one_time(
    docker: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ready(docker)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{PASSWORD}@proxy")
    docker.answers("image inspect", out="sha256:77\n")
    assert build(engine, tmp_path) == "sha256:77"
    built, _ = docker.asked()
    assert " ".join(built["arguments"]) == (
        "buildx build --load --provenance=false --sbom=false --progress=plain "
        "--platform linux/arm64 --tag users-api-dev:latest --build-arg TITLE=users-api "
        f"--build-arg HTTPS_PROXY --secret id=pip,src={tmp_path}/pip.conf {tmp_path}/context"
    )
    assert built["environment"]["SOURCE_DATE_EPOCH"] == "946684800"


@pytest.mark.parametrize("name", ["podman", "buildah"])
def test_podman_and_buildah_build_alike(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeEngine(name, tmp_path, monkeypatch)
    engine = ready(fake)
    fake.answers("inspect", out="77\n")
    fake.answers("image inspect", out="77\n")
    assert build(engine, tmp_path) == "sha256:77"
    assert fake.commands()[0] == (
        f"{name} build --layers --force-rm --network host --pull=missing "
        "--tag users-api-dev:latest --timestamp 946684800 --identity-label=false "
        f"--platform linux/arm64 --build-arg TITLE=users-api "
        f"--secret id=pip,src={tmp_path}/pip.conf {tmp_path}/context"
    )


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("#9 12.1 Not built: six==1.17 is not it: make lock.\n------\nERROR: exit code: 1\n",
         "Not built: six==1.17 is not it: make lock."),
        ("write /var/tmp/x: no space left on device\nError: exit status 125\n",
         "Not built: the disk is full."),
        ('Error: building at STEP "CMD [": no idea\n',
         'Not built: building at STEP "CMD [": no idea.'),
        ("", "Not built: it says nothing."),
        (("error running container: from /usr/bin/crun creating container for [sh]: cgroups\n"
         "Error: exit status 1\n"),
         ("Not built: error running container: from /usr/bin/crun creating container for [sh]: "
         "cgroups. BUILDAH_ISOLATION=chroot in the environment does without it.")),
    ],
)  # fmt: skip
def test_a_build_that_fails_is_one_line(
    buildah: FakeEngine, tmp_path: Path, said: str, line: str
) -> None:
    engine = ready(buildah)
    buildah.answers("build", 1, said=said)
    with pytest.raises(Refusal) as raised:
        build(engine, tmp_path)
    assert str(raised.value) == f"{line} (all of it: {tmp_path}/build.log)"
    assert (tmp_path / "build.log").read_text() == said


def test_a_base_that_is_kept_here_is_not_fetched(docker: FakeEngine) -> None:
    engine = ready(docker)
    docker.answers("image inspect --format {{json", out='["base@sha256:12"]\n')
    docker.answers("image inspect --format {{.Arch", out="arm64\n")
    assert engine.base("base:1", "linux/arm64") == "sha256:12"
    assert not any(" pull " in command for command in docker.commands())
    assert engine.base("base:1", "linux/arm64", newest=True) == "sha256:12"
    assert docker.commands()[0] == "docker pull --quiet --platform linux/arm64 base:1"


def test_a_base_for_another_platform_is_fetched(podman: FakeEngine) -> None:
    engine = ready(podman)
    podman.answers("image inspect --format {{.Arch", out="amd64\n")
    engine.base("base:1", "linux/arm64")
    assert "podman pull --platform linux/arm64 base:1" in podman.commands()


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("Error: initializing source docker://r.io/base:1: lookup r.io on 1.1.1.1:53: no such host",
         ("The base image r.io/base:1 cannot be fetched (no such host): it needs a network once; "
         "BASE= names it in another registry.")),
        ("Error: reading manifest 1 in r.io/base: manifest unknown",
         "There is no base image r.io/base:1 for this platform: BASE= names another."),
        ("Error response from daemon: pull access denied for base: 403 Forbidden",
         ("r.io refuses the base image r.io/base:1 (403 Forbidden): buildah login r.io, or buildah "
         "logout r.io where a login has run out; BASE= names another.")),
        ("Error: writing blob: no space left on device",
         "The base image r.io/base:1 cannot be fetched: the disk is full."),
        ("Copying blob sha256:401 403\nError: copying blob sha256:12401f: connection reset",
         ("The base image r.io/base:1 cannot be fetched (connection reset): it needs a network "
         "once; BASE= names it in another registry.")),
    ],
)  # fmt: skip
def test_a_base_that_cannot_be_fetched_is_one_line(
    buildah: FakeEngine, said: str, line: str
) -> None:
    engine = ready(buildah)
    buildah.answers("pull", 125, said=f"Trying to pull ...\n{said}\n")
    buildah.answers("inspect", 125)
    with pytest.raises(Refusal) as raised:
        engine.base("r.io/base:1", "linux/amd64")
    assert str(raised.value) == line


def test_docker_pushes_with_credentials_that_only_that_command_sees(
    docker: FakeEngine, tmp_path: Path
) -> None:
    (tmp_path / ".docker/contexts").mkdir(parents=True)
    settings = {"currentContext": "colima", "auths": {"x": {}}, "credsStore": "desktop"}
    (tmp_path / ".docker/config.json").write_text(json.dumps(settings))
    engine = ready(docker)
    engine.push("users-api-dev:1", TO, user="AWS", password=PASSWORD)
    tagged, pushed, removed = docker.asked()
    assert tagged["arguments"] == ["tag", "users-api-dev:1", TO]
    assert pushed["arguments"] == ["push", "--quiet", TO]
    assert removed["arguments"] == ["image", "rm", TO]
    seen = pushed["files"]["config.json"]
    assert json.loads(seen["text"]) == {"currentContext": "colima", "auths": AUTHS}
    assert seen["mode"] == "0o600"
    assert not Path(pushed["environment"]["DOCKER_CONFIG"]).exists()
    assert PASSWORD not in json.dumps([tagged, removed, pushed["arguments"]])
    assert json.loads((tmp_path / ".docker/config.json").read_text()) == settings


@pytest.mark.parametrize("insecure", [False, True])
def test_podman_pushes_with_credentials_that_only_that_command_sees(
    podman: FakeEngine, insecure: bool
) -> None:
    engine = ready(podman)
    engine.push("users-api-dev:1", TO, user="AWS", password=PASSWORD, insecure=insecure)
    (pushed,) = podman.asked()
    file = Path(pushed["arguments"][3])
    assert " ".join(pushed["arguments"]) == (
        f"push --quiet --authfile {file} {'--tls-verify=false ' if insecure else ''}"
        f"users-api-dev:1 docker://{TO}"
    )
    assert json.loads(pushed["files"]["auth.json"]["text"]) == {"auths": AUTHS}
    assert pushed["files"]["auth.json"]["mode"] == "0o600"
    assert not file.exists()
    assert PASSWORD not in json.dumps([pushed["arguments"], pushed["environment"]])


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (("tag invalid: The image tag '1' already exists in the 'x' repository and cannot be "
         "overwritten because the tag is immutable."),
         f"{TO} is there already, and tags are immutable: commit, or add TAG=<another>."),
        ("denied: User: arn:aws:iam::1:user/a is not authorized to perform: ecr:PutImage",
         ("000000000000.dkr.ecr.eu-west-1.amazonaws.com refuses the push (denied: User: "
         "arn:aws:iam::1:user/a is not authorized to perform: ecr:PutImage): may these "
         "credentials push there?")),
        ("Error: writing blob: EOF",
         f"{TO} could not be pushed (writing blob: EOF): the same command may be given again."),
        ("Error: trying to reuse blob sha256:9f4013ab: dial tcp: i/o timeout",
         (f"{TO} could not be pushed (trying to reuse blob sha256:9f4013ab: dial tcp: i/o "
         "timeout): the same command may be given again.")),
        ("Error: copying blob sha256:12401f: connection reset by peer",
         (f"{TO} could not be pushed (copying blob sha256:12401f: connection reset by peer): the "
         "same command may be given again.")),
        ("a login was denied\nError: writing blob sha256:403: EOF\nexit status 125",
         (f"{TO} could not be pushed (writing blob sha256:403: EOF): the same command may be "
         "given again.")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["docker", "buildah"])
def test_a_push_that_fails_is_one_line(
    name: str, said: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeEngine(name, tmp_path, monkeypatch)
    engine = ready(fake)
    fake.answers("push", 1, said=f"{said}\n")
    with pytest.raises(Refusal) as raised:
        engine.push("users-api-dev:1", TO, user="AWS", password=PASSWORD)
    assert str(raised.value) == line


SECRET = {"AWS_SECRET_ACCESS_KEY": PASSWORD}


def test_docker_runs_it_on_this_machine_s_network(
    docker: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ready(docker)
    monkeypatch.setattr(sys, "platform", "linux")
    docker.answers("info", out="Debian GNU/Linux 12 [name=seccomp,profile=builtin name=cgroupns]\n")
    with engine.container("users-api:1", ["python3", "-m", "x"], SECRET, 8000) as command:
        assert " ".join(command) == (
            "docker run --rm --init --read-only --tmpfs /tmp --network host "
            "--env AWS_SECRET_ACCESS_KEY --entrypoint python3 users-api:1 -m x"
        )


@pytest.mark.parametrize(
    "system",
    [
        "Docker Desktop [name=seccomp]",
        "macOS",
        "Debian 12 [name=seccomp,profile=builtin name=rootless]",
    ],
)
def test_where_docker_has_a_machine_of_its_own_only_the_port_is_published(
    docker: FakeEngine, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    engine = ready(docker)
    monkeypatch.setattr(sys, "platform", "darwin" if system == "macOS" else "linux")
    docker.answers("info", out=f"{system}\n")
    assert not engine.shares_network()
    with engine.container("users-api:1", ["python3"], {}, 8001) as command:
        assert " ".join(command) == (
            "docker run --rm --init --read-only --tmpfs /tmp --publish 127.0.0.1:8001:8001 "
            "--entrypoint python3 users-api:1"
        )


def test_podman_runs_it(podman: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = ready(podman)
    monkeypatch.setattr(sys, "platform", "linux")
    with engine.container("users-api:1", ["python3", "-m", "x"], SECRET, 8000) as command:
        assert " ".join(command) == (
            "podman run --rm --read-only --tmpfs /tmp --network host "
            "--env AWS_SECRET_ACCESS_KEY --entrypoint python3 users-api:1 -m x"
        )


def test_buildah_runs_it_in_a_container_that_goes_again(buildah: FakeEngine) -> None:
    engine = ready(buildah)
    buildah.answers("from", out="Getting image\nmade-1\n")
    with engine.container("users-api:1", ["python3"], {"A": "1"}, 8000) as command:
        assert " ".join(command) == "buildah run --network host --env A=1 made-1 -- python3"
    assert buildah.commands() == ["buildah from --pull=never users-api:1", "buildah rm made-1"]


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("docker", "docker save --output {file} sha256:77"),
        ("podman", "podman save --quiet --format docker-archive --output {file} sha256:77"),
        ("buildah", "buildah push --quiet sha256:77 docker-archive:{file}"),
    ],
)
def test_what_is_saved_is_an_archive_of_docker_s(
    name: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """podman, where it runs in a machine of its own, writes an archive by `save` alone."""
    fake = FakeEngine(name, tmp_path, monkeypatch)
    engine = ready(fake)
    engine.save("sha256:77", tmp_path / "image.tar")
    assert fake.commands() == [command.format(file=tmp_path / "image.tar")]


def test_what_an_engine_refuses_is_one_line(podman: FakeEngine) -> None:
    engine = ready(podman)
    podman.answers("tag", 125, said="Error: users-api:1: image not known\n")
    with pytest.raises(Refusal) as raised:
        engine.tag("users-api:1", "users-api:2")
    assert str(raised.value) == "podman tag: users-api:1: image not known."
