"""What builds, keeps, pushes and runs images: Docker, podman, or buildah."""

from __future__ import annotations

import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar

from tools.refusals import Refusal

ABSENT = "is not installed here."


class Engine(ABC):
    """One of them, by its command line."""

    name: ClassVar[str]
    machine: ClassVar[str]  # what this machine is called in a container of its own network

    @abstractmethod
    def trouble(self) -> str:
        """Why it cannot be used; "" where it works."""

    @abstractmethod
    def base(self, reference: str, platform: str, *, newest: bool = False) -> str:
        """Fetch a base image where it is not kept here; gives its digest, "" where it has none."""

    @abstractmethod
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
        """Build the Dockerfile in `context`; gives the image's id (sha256:...). Raises Refusal."""

    @abstractmethod
    def image_id(self, reference: str) -> str:
        """The id (sha256:...) of an image that is kept here; "" where it is not."""

    def tag(self, reference: str, also: str) -> None:
        """Give an image another name."""
        self.told("tag", reference, also)

    @abstractmethod
    def save(self, reference: str, file: Path) -> None:
        """Write an image as an archive, as `docker save` does. Raises Refusal."""

    @abstractmethod
    def push(
        self, reference: str, to: str, *, user: str, password: str, insecure: bool = False
    ) -> None:
        """Push an image to `to`, registry/repository:tag. `insecure` is HTTP. Raises Refusal.

        The password is on no command line, and nowhere else afterwards.
        """

    @abstractmethod
    def container(
        self, reference: str, command: Sequence[str], environment: Mapping[str, str], port: int
    ) -> AbstractContextManager[list[str]]:
        """A command line that runs `command` in the image, until its process ends.

        Start it with `environment` in its own: what has a secret is named there, not told. It is
        on this machine's own network where `shares_network`, else only its port is.
        """

    def end(self, process: subprocess.Popen[bytes], number: int) -> None:
        """Hand a signal on to what runs in a container of `container`."""
        process.send_signal(number)

    @abstractmethod
    def shares_network(self) -> bool:
        """Whether 127.0.0.1 in a container can be this machine's own."""

    def run(
        self, *arguments: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the engine's command; whoever calls looks at how it ended."""
        return subprocess.run(
            [self.name, *arguments],
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def told(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """What the command prints. Raises Refusal with its last line where it fails."""
        done = self.run(*arguments, env=env)
        if done.returncode:
            raise Refusal(f"{self.name} {arguments[0]}: {last(done.stderr or done.stdout)}.")
        return done.stdout.strip()


def last(said: str) -> str:
    """The last line of what a command printed, without its own `Error: ` and full stop."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    line = lines[-1] if lines else "it says nothing"
    for before in ("Error: ", "ERROR: ", "error: ", "Error response from daemon: "):
        line = line.removeprefix(before)
    return line.rstrip(".")


def published(port: int) -> list[str]:
    """A port of a container's own, reached from this machine alone."""
    return ["--publish", f"127.0.0.1:{port}:{port}"]
