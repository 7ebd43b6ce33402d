"""An image in a registry, by its manifest: what it is, and whether Lambda takes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
)
INDEXES = (
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.index.v1+json",
)
LAYERS = ("tar", "tar+gzip", "tar.gzip")  # how the media types end that Lambda takes


@dataclass(frozen=True)
class Pushed:
    """An image in the repository."""

    digest: str  # of its manifest, sha256:...
    manifest: str
    media_type: str

    @property
    def config(self) -> str:
        """The digest of its configuration, which is the image's id; "" of an index."""
        return str(self._parsed.get("config", {}).get("digest", ""))

    @property
    def odd(self) -> str:
        """What Lambda does not take of it, or "".

        It would say so only when a function is made of the image, as the reason of a failed stack.
        """
        if self.media_type in INDEXES:
            return "an index of several images"
        kinds = [layer["mediaType"] for layer in self._parsed.get("layers", [])]
        return next((kind for kind in kinds if not kind.endswith(LAYERS)), "")

    @property
    def _parsed(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.manifest)
        return parsed
