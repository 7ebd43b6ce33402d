"""What an image holds beside its base, read from the archive that `docker save` makes of it."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

OURS = 2  # layers, the last ones: the Dockerfile's last stage copies twice
TITLES = ("dependencies", "app")
GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Layer:
    """One layer, as its tar file, which may be compressed already."""

    title: str
    digest: str  # of the tar file
    data: bytes

    @cached_property
    def size(self) -> int:
        """Bytes as a registry keeps them: compressed."""
        if self.data.startswith(GZIP):
            return len(self.data)
        return len(gzip.compress(self.data, 6, mtime=0))

    @cached_property
    def files(self) -> dict[str, tuple[tarfile.TarInfo, bytes]]:
        """What is in it, by path."""
        found = {}
        with tarfile.open(fileobj=io.BytesIO(self.data)) as packed:
            for entry in packed:
                content = packed.extractfile(entry) if entry.isfile() else None
                found[entry.name] = (entry, content.read() if content else b"")
        return found


@dataclass(frozen=True)
class Archive:
    """An image: its configuration, and the layers that are ours."""

    config: dict[str, Any]
    layers: tuple[Layer, ...]

    @property
    def size(self) -> int:
        return sum(layer.size for layer in self.layers)

    def read(self, path: str) -> bytes:
        """A file of one of our layers."""
        return next(layer.files[path][1] for layer in self.layers if path in layer.files)


def read(file: Path) -> Archive:
    """Read it; the layers of the base, which are large, are passed over."""
    with tarfile.open(file) as packed:
        manifest = json.loads(_member(packed, "manifest.json"))[0]
        config = json.loads(_member(packed, manifest["Config"]))
        names, digests = manifest["Layers"][-OURS:], config["rootfs"]["diff_ids"][-OURS:]
        layers = tuple(
            Layer(title, digest, _member(packed, name))
            for title, digest, name in zip(TITLES, digests, names, strict=True)
        )
    return Archive(config, layers)


def _member(packed: tarfile.TarFile, name: str) -> bytes:
    content = packed.extractfile(name)
    assert content, name
    return content.read()
