"""What an image holds beside its base, read from the archive that `docker save` makes of it."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

OURS = 2  # layers, the last ones: the Dockerfile's last stage copies twice
TITLES = ("dependencies", "app")
TASK = "var/task/"
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
        return _compressed(self.data)

    def saved_without(self, dropped: Callable[[str], bool]) -> int:
        """By how many bytes it were smaller, compressed, without these paths of /var/task."""
        own = {name for name in self.files if dropped(name.removeprefix(TASK))}
        return self._whole - self._packed(own) if own else 0

    @cached_property
    def _whole(self) -> int:
        """Bytes of all, packed as what is left of it is."""
        return self._packed(set())

    def _packed(self, dropped: AbstractSet[str]) -> int:
        with io.BytesIO() as left:
            with tarfile.open(fileobj=left, mode="w") as packed:
                for name, (entry, content) in self.files.items():
                    if name not in dropped:
                        packed.addfile(entry, io.BytesIO(content))
            return _compressed(left.getvalue())

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


def _compressed(data: bytes) -> int:
    return len(gzip.compress(data, 6, mtime=0))


def _member(packed: tarfile.TarFile, name: str) -> bytes:
    content = packed.extractfile(name)
    assert content, name
    return content.read()
