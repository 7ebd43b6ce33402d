"""What builds, keeps, pushes and runs images: Docker, podman, or buildah."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from tools.lines import Show


class Engine:
    """One of them, by its command line."""

    name = ""  # docker, podman, buildah

    def build(
        self,
        context: Path,
        reference: str,
        *,
        platform: str,
        arguments: Mapping[str, str],
        secrets: Mapping[str, Path],
        show: Show,
    ) -> str:
        """Build the Dockerfile in `context`; gives the image's id (sha256:...). Raises Refusal."""
        raise NotImplementedError

    def image_id(self, reference: str) -> str:
        """The id (sha256:...) of an image that is kept here; "" where it is not."""
        raise NotImplementedError

    def tag(self, reference: str, also: str) -> None:
        """Give an image another name."""
        raise NotImplementedError

    def save(self, reference: str, file: Path) -> None:
        """Write an image as an archive, as `docker save` does."""
        raise NotImplementedError

    def push(
        self, reference: str, to: str, *, user: str, password: str, insecure: bool = False
    ) -> None:
        """Push an image to `to`, registry/repository:tag. `insecure` is HTTP. Raises Refusal.

        The password is on no command line, and nowhere else afterwards.
        """
        raise NotImplementedError

    def container(
        self, reference: str, command: Sequence[str], environment: Mapping[str, str], port: int
    ) -> AbstractContextManager[tuple[list[str], dict[str, str]]]:
        """A command line that runs `command` in the image, and the environment for it.

        The container is on this machine's own network where that can be, else only its port is.
        """
        raise NotImplementedError


def found(name: str = "") -> Engine:
    """The engine of that name, or the first that is there and works. Raises Refusal."""
    raise NotImplementedError
