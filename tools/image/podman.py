"""podman and buildah, which build, keep and push images alike: of one family, in one store."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.epoch import MADE
from tools.image import failures
from tools.image.credentials import auth_file
from tools.image.engines import ABSENT, Engine, last, published
from tools.refusals import Refusal

OWN = ("buildah", "crun", "runc")  # what stands between it and the program in a container


class Podman(Engine):
    name = "podman"
    machine = "host.containers.internal"  # host.docker.internal is known since 2023 only
    _inspect: tuple[str, ...] = ("image", "inspect", "--format")
    _id, _digest, _architecture = "{{.Id}}", "{{.Digest}}", "{{.Architecture}}"

    def trouble(self) -> str:
        if not shutil.which(self.name):
            return f"{self.name} {ABSENT}"
        done = self.run("info")  # on macOS and Windows it asks the machine
        if done.returncode == 0:
            return ""
        return f"{self.name} is here, and does not work: {last(done.stderr)}."

    def base(self, reference: str, platform: str, *, newest: bool = False) -> str:
        architecture = platform.partition("/")[2]
        if newest or self._said(reference, self._architecture) != architecture:
            done = self.run("pull", "--platform", platform, reference)
            if done.returncode:
                raise Refusal(failures.base(reference, done.stderr, self.name))
        return self._said(reference, self._digest)

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
        # Layers: without them, buildah makes one of both. Host network: what is fetched comes
        # over the same proxy as on this machine, and nothing of ours listens in there.
        command = [
            "build",
            "--layers",
            "--force-rm",
            "--network",
            "host",
            "--pull=missing",
            "--tag",
            reference,
        ]
        command += ["--timestamp", str(MADE), "--identity-label=false", "--platform", platform]
        for name, value in arguments.items():
            command += ["--build-arg", f"{name}={value}"]
        for name, file in secrets.items():
            command += ["--secret", f"id={name},src={file}"]
        failures.logged([self.name, *command, str(context)], {}, log)
        return self.image_id(reference)

    def image_id(self, reference: str) -> str:
        found = self._said(reference, self._id)
        return f"sha256:{found.removeprefix('sha256:')}" if found else ""

    def _said(self, reference: str, what: str) -> str:
        """What is kept of an image; "" where it is not kept here."""
        done = self.run(*self._inspect, what, reference)
        return "" if done.returncode else done.stdout.strip()

    def save(self, reference: str, file: Path) -> None:
        file.unlink(missing_ok=True)  # it does not write into one that is there
        # Not `push`, which writes where podman runs: in a machine of its own on macOS and Windows.
        command = ["save", "--quiet", "--format", "docker-archive", "--output", str(file)]
        self.told(*command, reference)

    def push(
        self, reference: str, to: str, *, user: str, password: str, insecure: bool = False
    ) -> None:
        with auth_file(to, user, password) as file:
            command = ["push", "--quiet", "--authfile", str(file)]
            command += ["--tls-verify=false"] if insecure else []
            done = self.run(*command, reference, f"docker://{to}")
        if done.returncode:
            raise Refusal(failures.push(to, done.stderr))

    def shares_network(self) -> bool:
        return sys.platform == "linux"  # elsewhere it runs in a machine of its own

    @contextmanager
    def container(
        self, reference: str, command: Sequence[str], environment: Mapping[str, str], port: int
    ) -> Iterator[list[str]]:
        started = [self.name, "run", "--rm", "--read-only", "--tmpfs", "/tmp"]
        started += ["--network", "host"] if self.shares_network() else published(port)
        for name in environment:
            started += ["--env", name]
        yield [*started, "--entrypoint", command[0], reference, *command[1:]]


class Buildah(Podman):
    name = "buildah"
    _inspect = ("inspect", "--type", "image", "--format")
    _id, _digest = "{{.FromImageID}}", "{{.FromImageDigest}}"
    _architecture = "{{.OCIv1.Architecture}}"

    def save(self, reference: str, file: Path) -> None:
        file.unlink(missing_ok=True)
        self.told("push", "--quiet", reference, f"docker-archive:{file}")

    @contextmanager
    def container(
        self, reference: str, command: Sequence[str], environment: Mapping[str, str], port: int
    ) -> Iterator[list[str]]:
        """Of a working container, which is deleted in the end: buildah has no `run --rm`.

        It takes no variable from its own environment, so their values stand there.
        """
        del port  # only on this machine's own network
        name = self.told("from", "--pull=never", reference).splitlines()[-1]
        started = [self.name, "run", "--network", "host"]
        for variable, value in environment.items():
            started += ["--env", f"{variable}={value}"]
        try:
            yield [*started, name, "--", *command]
        finally:
            self.run("rm", name)

    def end(self, process: subprocess.Popen[bytes], number: int) -> None:
        """To the program itself: buildah, which gets a signal, kills it."""
        pid, below = process.pid, [process.pid]
        while below and _command(pid).startswith(OWN):
            pid, below = below[0], _children(below[0])
        os.kill(pid, number)


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().partition("\0")[0].rpartition("/")[2]


def _children(pid: int) -> list[int]:
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in files for child in file.read_text().split()]
