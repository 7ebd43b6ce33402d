"""Which of the engines for images is there and works."""

from __future__ import annotations

from tools.image.docker import Docker
from tools.image.engines import ABSENT, Engine
from tools.image.podman import Buildah, Podman
from tools.refusals import Refusal

NONE = (
    "No engine for images here: install Docker, podman or buildah "
    "(Debian, Ubuntu: sudo apt-get install buildah)."
)


def found(name: str = "") -> Engine:
    """The engine of that name, or the first that is there and works. Raises Refusal."""
    engines: dict[str, Engine] = {"docker": Docker(), "podman": Podman(), "buildah": Buildah()}
    if name and name not in engines:
        raise Refusal(f"ENGINE={name}: there is only {', '.join(engines)}.")
    troubles = []
    for engine in [engines[name]] if name else engines.values():
        trouble = engine.trouble()
        if not trouble:
            return engine
        troubles.append(trouble)
    # Of what is not installed nobody needs to hear, unless all of it is.
    there = [trouble for trouble in troubles if not trouble.endswith(ABSENT)]
    if name or there:
        raise Refusal((there or troubles)[0])
    raise Refusal(NONE)
