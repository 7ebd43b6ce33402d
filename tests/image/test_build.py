"""`make image` with a stand-in for Docker: what is asked for, named, kept and printed."""

import fcntl
import hashlib
import io
import json
import random
import re
import shutil
import subprocess
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.engines import ROOT
from tests.image.engine import FakeEngine
from tools import stages
from tools.deploy import extras
from tools.deploy.extras import TOKENS, Extra
from tools.image import build, lock, pip_settings, sizes, source
from tools.image.archive import Archive, Layer
from tools.image.build import Image
from tools.refusals import Refusal

ID = "sha256:" + "1234567890ab" + "0" * 52
LICENSED = {"name": "Thing_One", "version": "1.0", "expression": "MIT OR Apache-2.0"}
OLDER = {"name": "two", "version": "2.0", "license": "Apache License 2.0"}
ODD = {"name": "three", "version": "3.0.post0", "license": "Dual License"}
UNTOLD = {"name": "four", "version": "4.0"}
PACKAGES = [
    each | {"file": f"{each['name']}.whl", "sha256": f"{number}" * 64, "places": []}
    for number, each in enumerate([LICENSED, OLDER, ODD, UNTOLD])
]


def layer(**files: bytes) -> bytes:
    with io.BytesIO() as packed:
        with tarfile.open(fileobj=packed, mode="w") as entries:
            for name, data in files.items():
                entry = tarfile.TarInfo(name.replace("__", "/"))
                entry.size = len(data)
                entries.addfile(entry, io.BytesIO(data))
        return packed.getvalue()


def archive(file: Path, labels: dict[str, str], architecture: str = "amd64") -> None:
    """What `docker save` writes: a large base, and our two layers."""
    packages = json.dumps(PACKAGES).encode()
    layers = [b"not read", layer(**{"var/task/packages.json": packages}), layer(app=b"x" * 5000)]
    digests = [f"sha256:{hashlib.sha256(data).hexdigest()}" for data in layers]
    config = {
        "architecture": architecture,
        "config": {"Labels": labels},
        "rootfs": {"diff_ids": digests},
    }
    names = [f"{number}/layer.tar" for number in range(3)]
    manifest = json.dumps([{"Config": "c.json", "Layers": names}]).encode()
    files = dict(zip(names, layers, strict=True)) | {"c.json": json.dumps(config).encode()}
    file.write_bytes(layer(**(files | {"manifest.json": manifest})))


def made(asked: list[dict[str, Any]]) -> dict[str, str]:
    """The arguments of the last build in what Docker was asked."""
    *_, built = [one["arguments"] for one in asked if one["arguments"][:2] == ["buildx", "build"]]
    pairs = [built[at + 1] for at, word in enumerate(built) if word == "--build-arg"]
    return {pair.partition("=")[0]: pair.partition("=")[2] for pair in pairs}


class Project:
    """A copy of what an image is made from, and a Docker that makes none."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.root = folder / "project"
        locked = [lock.WANTED, *lock.ALSO, "requirements.txt"]
        others = ["app.py", ".chalice/config.json", "pyproject.toml", *locked]
        for name in [*source.BUILT_BY, *others]:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, self.root / name)
        for name in ("chalicelib/users.py", "vendor/chalicekit/api.py", "docs/page.md", ".env"):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text("# as it is\n")
        self.docker = FakeEngine("docker", folder, patch)
        labels = {"org.opencontainers.image.title": "users-api"}
        archive(folder / "kept.tar", labels | {"org.opencontainers.image.version": "0.1.0"})
        self.docker.answers("save", copied=str(folder / "kept.tar"))
        self.docker.answers("image inspect --format {{.Id}}", out=f"{ID}\n")
        self.docker.answers("image inspect --format {{.Arch", out="amd64\n")
        digest = f'["public.ecr.aws/lambda/python@sha256:{"d" * 64}"]\n'
        self.docker.answers("image inspect --format {{json", out=digest)
        self.said: list[str] = []
        self._read = pip_settings.read
        patch.setattr(pip_settings, "read", dict)  # it asks pip, which takes its time

    def with_pip_s_settings(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(pip_settings, "read", self._read)

    def git(self, *arguments: str) -> str:
        who = ["-c", "user.name=me", "-c", "user.email=me@example.com"]
        command = ["git", *who, *arguments]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self) -> str:
        self.git("init", "-q")
        (self.root / ".gitignore").write_text(".local\n.env\n")
        self.git("add", ".")
        self.git("commit", "-qm", "one")
        return self.git("rev-parse", "HEAD")

    def build(self) -> Image:
        return build.build(stages.read("dev", self.root), self.root, "", self.said.append)

    def refused(self) -> str:
        with pytest.raises(Refusal) as raised:
            self.build()
        assert "\n" not in str(raised.value)
        return str(raised.value)

    def arguments(self) -> dict[str, str]:
        """The build's arguments, of those commands that ran since the last look."""
        return made(self.docker.asked())

    @property
    def folder(self) -> Path:
        return self.root / ".local/image/dev"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in ("BASE", "TAG", "PULL"):
        monkeypatch.delenv(name, raising=False)
    return Project(tmp_path, monkeypatch)


def test_what_is_committed_has_the_commit_as_its_tag(project: Project) -> None:
    commit = project.commit()
    image = project.build()
    assert (image.tag, image.id) == (commit[:12], ID)
    assert image.reference == f"users-api-dev:{commit[:12]}"
    asked = project.docker.asked()
    assert made(asked)["REVISION"] == commit
    # By its id: another clone may have moved the name in the meantime.
    assert [one["arguments"] for one in asked if one["arguments"][0] in ("save", "tag")] == [
        ["save", "--output", ANY, ID],
        ["tag", ID, image.reference],
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("vendor/chalicekit/api.py", "chalicelib/new.py", "Dockerfile"),
        *("requirements.txt", "pyproject.toml"),  # the pins; the version and the licence
    ],
)
def test_what_is_not_committed_has_the_image_in_its_tag_too(project: Project, name: str) -> None:
    commit = project.commit()
    with (project.root / name).open("a") as file:
        file.write("# changed\n")
    assert project.build().tag == f"{commit[:12]}-1234567890ab"
    assert project.arguments()["REVISION"] == ""


def test_what_does_not_go_into_the_image_does_not_matter(project: Project) -> None:
    commit = project.commit()
    (project.root / "docs/page.md").write_text("changed")
    assert project.build().tag == commit[:12]


def test_a_commit_of_something_else_makes_no_other_image(project: Project) -> None:
    before = project.commit()
    (project.root / "docs/page.md").write_text("changed")
    project.git("commit", "-qam", "two")
    assert project.build().tag == project.git("rev-parse", "HEAD")[:12] != before[:12]
    assert project.arguments()["REVISION"] == before


def test_without_git_the_tag_is_the_image(project: Project) -> None:
    assert project.build().tag == "source-1234567890ab"
    assert project.arguments()["REVISION"] == ""


def test_another_repository_around_it_is_not_its_own(project: Project) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project.root.parent, check=True)
    assert project.build().tag == "source-1234567890ab"


def test_a_tag_may_be_asked_for(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAG", "v1.0")
    assert project.build().reference == "users-api-dev:v1.0"
    monkeypatch.setenv("TAG", "feature/a")
    assert project.refused() == "TAG=feature/a: a tag has up to 128 letters, digits, _, . and -."


@pytest.mark.parametrize("tag", ["latest", "deployed-1234567890ab"])
def test_a_tag_that_has_a_meaning_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch, tag: str
) -> None:
    monkeypatch.setenv("TAG", tag)
    assert project.refused() == (
        f"TAG={tag}: latest and deployed-... are given by these commands themselves: choose "
        "another."
    )


def test_a_list_of_dependencies_that_is_stale_is_not_built(project: Project) -> None:
    with (project.root / "requirements.txt").open("a") as file:
        file.write("requests==2.32.3\n")
    assert project.refused() == (
        "requirements-image.txt is not what requirements-image.in says (requests): make lock."
    )


def test_another_build_of_the_stage_is_waited_for_and_said_so(project: Project) -> None:
    project.folder.mkdir(parents=True)
    with (project.folder / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with ThreadPoolExecutor() as others:
            other = others.submit(project.build)
            while not project.said and not other.done():
                time.sleep(0.01)
            fcntl.flock(held, fcntl.LOCK_UN)
            assert other.result().id == ID
    assert project.said[0] == (
        "Another build of stage dev is running in this clone: waiting for it."
    )


def test_the_values_of_the_labels_stand_in_the_dockerfile_that_is_built(project: Project) -> None:
    file = project.root / "Dockerfile"
    source.label(file, {"TITLE": 'a "b" \\ $c', "VERSION": "1.0", "LICENSES": ""})
    text = file.read_text()
    assert 'image.title="a \\"b\\" \\\\ \\$c"' in text
    assert 'image.version="1.0"' in text
    assert 'image.licenses=""' in text
    assert 'image.revision="${REVISION}"' in text


def test_a_base_that_the_dockerfile_pins_is_taken(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = f"public.ecr.aws/lambda/python:3.11@sha256:{'e' * 64}"
    file = project.root / "Dockerfile"
    file.write_text(re.sub(r"(?m)^ARG BASE=.*", f"ARG BASE={pinned}", file.read_text()))
    assert project.build().base == project.arguments()["BASE"] == pinned
    monkeypatch.setenv("BASE", "mirror.example/python:3.11")
    assert project.build().base == "mirror.example/python:3.11"


def test_the_labels_do_not_depend_on_the_clone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = project.commit()
    project.git("remote", "add", "origin", "https://me:secret@git.example/team/users.git")
    project.build()
    assert project.arguments() == {
        "TITLE": "users-api",
        "VERSION": "0.1.0",
        "LICENSES": "MIT",
        "REVISION": commit,
        "SOURCE": "https://git.example/team/users",
        "BASE": "public.ecr.aws/lambda/python:3.11",
        "BASE_DIGEST": f"sha256:{'d' * 64}",
    }
    monkeypatch.setenv("BASE", "mirror.example/python:3.11")
    project.build()
    assert project.arguments()["BASE"] == "mirror.example/python:3.11"


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("git@git.example:team/users.git", "https://git.example/team/users"),
        ("ssh://git@git.example:2222/team/users", "https://git.example/team/users"),
        ("https://git.example/team/users/", "https://git.example/team/users"),
        ("/home/me/users", ""),
        ("file:///home/me/users", ""),
    ],
)
def test_the_same_source_has_one_address(project: Project, remote: str, url: str) -> None:
    project.commit()
    project.git("remote", "add", "origin", remote)
    assert source.url(project.root) == url


def test_a_build_sees_no_file_but_those_that_it_takes(project: Project) -> None:
    (project.root / "chalicelib/.env").write_text("SECRET=1")
    copied = source.copied(stages.read("dev", project.root), project.root, project.root / "copy")
    names = {p.relative_to(copied).as_posix() for p in copied.rglob("*") if p.is_file()}
    own = {"app.py", "chalicelib/users.py", "vendor/chalicekit/api.py"}
    assert names == {*source.BUILT_BY, *own}


@pytest.mark.parametrize("name", ["Dockerfile", "chalicelib/users.py", "requirements-image.txt"])
def test_windows_line_endings_are_one_line(project: Project, name: str) -> None:
    text = (project.root / name).read_bytes()
    (project.root / name).write_bytes(text.replace(b"\n", b"\r\n"))
    assert project.refused() == (
        f"{name} has Windows line endings, which would make another image of it: "
        f"rm {name} && git checkout {name}, or, where you have changed it, save it with LF."
    )


def test_what_is_said_of_windows_line_endings_helps(project: Project) -> None:
    shutil.copyfile(ROOT / ".gitattributes", project.root / ".gitattributes")
    project.commit()
    file = project.root / "Dockerfile"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    project.git("config", "core.autocrlf", "true")
    file.unlink()
    project.git("checkout", "Dockerfile")
    assert b"\r" not in file.read_bytes()
    project.build()


def test_a_base_of_another_platform_is_one_line(project: Project, tmp_path: Path) -> None:
    archive(tmp_path / "kept.tar", {}, "arm64")
    assert " is for linux/arm64, and lambda_architecture of " in project.refused()
    assert not (project.folder / "image.json").exists()


def test_a_stage_is_built_once_at_a_time(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = []

    def another(*_: object) -> dict[str, Path]:
        with (project.folder / "lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                refused.append(True)
        return {}

    monkeypatch.setattr(pip_settings, "secrets", another)
    project.build()
    assert refused == [True]


def test_a_link_out_of_the_clone_is_one_line(project: Project) -> None:
    (project.root / "vendor/more.py").symlink_to("/etc/hostname")
    assert project.refused() == (
        "vendor/more.py is a link to a file outside of this clone: copy the file here."
    )


def test_a_file_of_the_build_that_is_missing_is_one_line(project: Project) -> None:
    (project.root / ".dockerignore").unlink()
    assert project.refused() == (
        ".dockerignore is missing, and the image is made with it: git checkout .dockerignore."
    )


def sbom(image: Image) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(image.sbom.read_text())
    return found


def test_the_list_of_what_it_holds_is_valid_cyclonedx(project: Project) -> None:
    text = project.build().sbom.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_the_list_names_all_with_version_hash_and_licence(project: Project) -> None:
    document = sbom(project.build())
    about = {each["name"]: each for each in document["components"]}
    assert about.keys() == {
        *("Thing_One", "two", "three", "four"),
        *("users-api", "public.ecr.aws/lambda/python"),
    }
    assert about["Thing_One"]["purl"] == "pkg:pypi/thing-one@1.0?file_name=Thing_One.whl"
    assert about["Thing_One"]["licenses"] == [{"expression": "MIT OR Apache-2.0"}]
    assert about["two"]["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert about["three"]["licenses"] == [{"license": {"name": "Dual License"}}]
    assert "licenses" not in about["four"]
    assert [about[name]["hashes"][0]["content"][0] for name in ("two", "four")] == ["1", "3"]
    base = about["public.ecr.aws/lambda/python"]
    assert (base["version"], base["hashes"][0]["content"]) == ("3.11", "d" * 64)
    assert base["purl"] == (
        f"pkg:oci/python@sha256%3A{'d' * 64}?repository_url=public.ecr.aws/lambda/python&tag=3.11"
    )
    assert document["metadata"]["component"]["hashes"][0]["content"] == ID[7:]
    refs = {each["ref"] for each in document["dependencies"]}
    assert refs == {each["bom-ref"] for each in document["components"]} | {"image:users-api-dev"}


def test_the_list_is_the_same_for_the_same_image(project: Project) -> None:
    assert project.build().sbom.read_bytes() == project.build().sbom.read_bytes()
    assert "timestamp" not in project.build().sbom.read_text()


def test_what_was_built_is_kept(project: Project) -> None:
    image = project.build()
    assert json.loads((project.folder / "image.json").read_text()) == {
        "reference": image.reference,
        "id": ID,
        "engine": "docker",
        "base": "public.ecr.aws/lambda/python:3.11",
        "base_digest": f"sha256:{'d' * 64}",
        "bytes": image.layers,
        "bytes_of_features": {extra.title: 0 for extra in extras.extras(project.root)},
    }
    left = {path.name for path in project.folder.iterdir()}
    assert left == {"build.log", "image.json", "lock", "sbom.json"}  # no secret, no archive


def test_the_lines_tell_sizes_and_end_with_the_name(project: Project) -> None:
    image = project.build()
    lines = build.told(image)
    assert lines[0] == f"Image {ID}"
    assert re.fullmatch(r"  dependencies +0\.00 MB", lines[2])
    assert lines[4] == "  to check tokens   0.00 MB of 6"
    assert lines[-3] == "  all the rest      0.00 MB of 6.8"
    assert lines[-1] == image.reference
    assert (
        project.said[0] == "Base image: public.ecr.aws/lambda/python:3.11 (linux/amd64), by docker."
    )


MAPS = Extra("for maps", frozenset({"tiles"}), 1.0, "maps")


def test_more_than_the_budget_is_said(project: Project) -> None:
    image = project.build()
    parts = {"dependencies": 15 * sizes.MB, "app": sizes.MB}
    large = replace(image, layers=parts, features={TOKENS: 5 * sizes.MB, MAPS: 2 * sizes.MB})
    too_much = ": more than it should be, and each cold start pays for it"
    assert build.told(large)[2:7] == [
        "  dependencies     15.00 MB",
        "  app               1.00 MB",
        "  to check tokens   5.00 MB of 6",
        f"  for maps          2.00 MB of 1{too_much}",
        f"  all the rest      9.00 MB of 6.8{too_much}",
    ]
    fits = replace(image, layers=parts, features={TOKENS: 10 * sizes.MB})
    assert build.told(fits)[4:6] == [
        f"  to check tokens  10.00 MB of 6{too_much}",
        "  all the rest      6.00 MB of 6.8",
    ]


def test_what_only_one_feature_needs_is_measured_apart() -> None:
    noise = random.Random(7).randbytes  # which nothing compresses
    needs = {
        "PyJWT": "other; python_version < '3'",
        "cryptography": "C_ffi>=2",
        "c.ffi": "shared",
        "other": "shared",
    }
    about = {
        f"var/task/{name}-1.dist-info/METADATA": f"Name: {name}\nRequires-Dist: {need}\n".encode()
        for name, need in (needs | {"shared": "six; extra == 'more'", "six": "other"}).items()
    }
    places = {"PyJWT": ["jwt"], "cryptography": ["cry"], "c.ffi": ["_c.so"], "shared": ["s"]}
    listed = [{"name": name, "places": its} for name, its in (places | {"other": ["o"]}).items()]
    code = {"jwt/a.py": 1000, "cry/b.so": 20_000, "_c.so": 5000, "s/c.py": 7000, "o/d.py": 9000}
    files = {f"var/task/{name}": noise(size) for name, size in code.items()}
    files |= about | {sizes.PACKAGES: json.dumps(listed).encode()}
    held = Archive({}, (Layer("dependencies", "", layer(**files)), Layer("app", "", layer())))
    assert sizes.of(TOKENS, held, stages.read("dev")) == pytest.approx(26_000, abs=500)
    own = {f"var/task/{name}": noise(3000) for name in ("chalicelib/maps/a.py", "chalicelib/b.py")}
    held = Archive({}, (held.layers[0], Layer("app", "", layer(**own))))
    assert sizes.of(MAPS, held, stages.read("dev")) == pytest.approx(3000, abs=100)


def test_a_module_with_requirements_of_its_own_is_a_feature(tmp_path: Path) -> None:
    (tmp_path / "chalicelib/maps").mkdir(parents=True)
    (tmp_path / "chalicelib/users.py").touch()
    (tmp_path / "requirements.txt").write_text(
        "botocore==1\n# Maps as tiles.\nTile_Maker==2; python_version > '3'\n# More.\nsix==1\n"
    )
    assert extras.extras(tmp_path) == [
        TOKENS,
        Extra("for maps", frozenset({"tile-maker"}), extras.MODULE_BUDGET, "maps"),
    ]
    own = ("chalicelib/maps/a.py", "chalicelib/web/maps.css", "chalicelib/maps.py")
    assert all(MAPS.owns(path) for path in own)
    assert not any(MAPS.owns(path) or TOKENS.owns(path) for path in ("app.py", "chalicelib/map.py"))


def test_pip_s_settings_are_secrets(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.with_pip_s_settings(monkeypatch)
    certificates = project.root / "ca.pem"
    certificates.write_text("-----BEGIN")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:secret@index.example/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "file:///here https://more.example/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "/opt/wheels")
    monkeypatch.setenv("PIP_CERT", str(certificates))
    project.build()
    (made,) = [one for one in project.docker.asked() if one["arguments"][:2] == ["buildx", "build"]]
    assert "secret@" not in " ".join(made["arguments"])
    assert f"id=ca,src={certificates}" in made["arguments"]
    assert made["files"]["pip.conf"]["mode"] == "0o600"
    written = made["files"]["pip.conf"]["text"].splitlines()
    assert written[0] == "[global]"
    assert {
        "index-url = https://me:secret@index.example/simple",
        "extra-index-url = https://more.example/simple",
        "cert = /etc/pip-ca.pem",
    } <= {*written}
    assert not any("file:" in line or "/opt/wheels" in line for line in written)


def test_a_build_that_fails_leaves_the_last_one_s_papers(project: Project) -> None:
    before = sbom(project.build())
    project.docker.answers("buildx build", 1, said="Not built: no.\n")
    line = project.refused()
    assert line == f"Not built: no. (all of it: {project.folder}/build.log)"
    assert json.loads((project.folder / "sbom.json").read_text()) == before


def test_a_setting_of_several_lines_is_written_on_one() -> None:
    settings = {"trusted-host": "\na.example\nb.example"}
    written = pip_settings.written(settings, certificates=False)
    assert written == "[global]\ntrusted-host = a.example b.example\n"
