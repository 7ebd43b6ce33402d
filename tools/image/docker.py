"""Docker, by its command line and buildx."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.epoch import MADE
from tools.image import failures
from tools.image.credentials import docker_folder
from tools.image.engines import ABSENT, Engine, last, published
from tools.refusals import Refusal

# What buildx passes on where it is set: its value is on no command line.
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


class Docker(Engine):
    name = "docker"
    machine = "host.docker.internal"

    def trouble(self) -> str:
        if not shutil.which(self.name):
            return f"{self.name} {ABSENT}"
        if "podman" in self.run("--version").stdout:  # a command of podman's, with Docker's name
            return f"docker is podman's here, and Docker itself {ABSENT}"
        done = self.run("version", "--format", "{{.Server.Version}}")
        if done.returncode:
            return (
                f"Docker is here, and its daemon does not answer ({last(done.stderr)}): "
                "start it, or add ENGINE=podman or ENGINE=buildah."
            )
        if self.run("buildx", "version").returncode:
            return "Docker is here without buildx: install docker-buildx-plugin (or docker-buildx)."
        return ""

    def base(self, reference: str, platform: str, *, newest: bool = False) -> str:
        architecture = platform.partition("/")[2]
        if newest or self._said(reference, "{{.Architecture}}") != architecture:
            done = self.run("pull", "--quiet", "--platform", platform, reference)
            if done.returncode:
                raise Refusal(failures.base(reference, done.stderr, self.name))
        digests = json.loads(self._said(reference, "{{json .RepoDigests}}") or "null") or [""]
        return str(digests[0]).rpartition("@")[2]

    def build(
        self,
        context: Path,
        reference: str,
        *,
        platform: str,
        arguments: Mapping[str, str],
        secrets: Mapping[str, Path],
        log: Path,
    ) -> str:
        # Lambda takes neither attestations nor the list of manifests that they bring.
        command = ["buildx", "build", "--load", "--provenance=false", "--sbom=false"]
        command += ["--progress=plain", "--platform", platform, "--tag", reference]
        for name, value in arguments.items():
            command += ["--build-arg", f"{name}={value}"]
        for name in PROXIES:
            command += ["--build-arg", name] if os.environ.get(name) else []
        for name, file in secrets.items():
            command += ["--secret", f"id={name},src={file}"]
        epoch = {"SOURCE_DATE_EPOCH": str(MADE)}  # of the image; files have their own time already
        failures.logged([self.name, *command, str(context)], epoch, log)
        return self.image_id(reference)

    def image_id(self, reference: str) -> str:
        return self._said(reference, "{{.Id}}")

    def _said(self, reference: str, what: str) -> str:
        """What is kept of an image; "" where it is not kept here."""
        done = self.run("image", "inspect", "--format", what, reference)
        return "" if done.returncode else done.stdout.strip()

    def save(self, reference: str, file: Path) -> None:
        self.told("save", "--output", str(file), reference)

    def push(
        self, reference: str, to: str, *, user: str, password: str, insecure: bool = False
    ) -> None:
        del insecure  # the daemon's own setting says it; it takes 127.0.0.1 so
        self.tag(reference, to)
        try:
            with docker_folder(to, user, password) as folder:
                done = self.run("push", "--quiet", to, env={"DOCKER_CONFIG": str(folder)})
        finally:
            self.run("image", "rm", to)  # the name alone: the image has another
        if done.returncode:
            raise Refusal(failures.push(to, done.stderr))

    def shares_network(self) -> bool:
        if sys.platform != "linux":
            return False
        about = self.told("info", "--format", "{{.OperatingSystem}} {{.SecurityOptions}}")
        # Where it is rootless, the host's network is that of the daemon's own namespace.
        return "Docker Desktop" not in about and "name=rootless" not in about

    @contextmanager
    def container(
        self, reference: str, command: Sequence[str], environment: Mapping[str, str], port: int
    ) -> Iterator[list[str]]:
        started = [self.name, "run", "--rm", "--init", "--read-only", "--tmpfs", "/tmp"]
        started += ["--network", "host"] if self.shares_network() else published(port)
        for name in environment:
            started += ["--env", name]
        yield [*started, "--entrypoint", command[0], reference, *command[1:]]
