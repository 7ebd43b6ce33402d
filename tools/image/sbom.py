"""What an image holds, as a CycloneDX 1.6 document: the same for the same image, byte for byte."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tools.image.archive import Layer

# What older packages write in place of an SPDX expression.
SPDX = {"Apache License 2.0": "Apache-2.0", "Apache-2.0": "Apache-2.0", "MIT": "MIT"}
SPDX |= {name: name for name in ("BSD-2-Clause", "BSD-3-Clause", "ISC", "PSF-2.0", "Unlicense")}
DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Base:
    """A base image: its name, and its digest where it has one (sha256:...)."""

    name: str
    digest: str = ""


def document(
    name: str,
    version: str,
    image_id: str,
    base: Base,
    app: Layer,
    packages: Sequence[dict[str, Any]],
    labels: dict[str, str],
) -> dict[str, Any]:
    """The document of the image `name`, whose `packages` are as assemble.py lists them."""
    image = _component("container", name, version, f"image:{name}", hashes=_hashes(image_id))
    api = _component(
        "application",
        labels.get("org.opencontainers.image.title") or name,
        labels.get("org.opencontainers.image.version", ""),
        f"app:{name}",
        hashes=_hashes(app.digest),
        licenses=_licences(expression=labels.get("org.opencontainers.image.licenses", "")),
    )
    below, libraries = _base(base), [_library(each) for each in packages]
    refs = [library["bom-ref"] for library in libraries]
    depends = {image["bom-ref"]: [api["bom-ref"], below["bom-ref"]], api["bom-ref"]: refs}
    components = [api, below, *libraries]
    graph = depends | {each["bom-ref"]: [] for each in components if each is not api}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, image_id)}",
        "version": 1,
        "metadata": {"component": image},
        "components": sorted(components, key=lambda each: str(each["bom-ref"])),
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(graph[ref])} if graph[ref] else {"ref": ref}
            for ref in sorted(graph)
        ],
    }


def _library(package: dict[str, Any]) -> dict[str, Any]:
    name = re.sub(r"[-_.]+", "-", package["name"]).lower()
    purl = f"pkg:pypi/{name}@{quote(package['version'])}"
    return _component(
        "library",
        package["name"],
        package["version"],
        purl,
        purl=f"{purl}?file_name={quote(package['file'])}",
        hashes=_hashes(f"sha256:{package['sha256']}"),
        licenses=_licences(package.get("expression", ""), package.get("license", "")),
    )


def _base(base: Base) -> dict[str, Any]:
    repository, _, digest = base.name.partition("@")
    path, colon, tag = repository.rpartition(":")
    if not colon or "/" in tag:  # no tag: the colon is a port's, or there is none
        path, tag = repository, ""
    digest = digest or base.digest
    purl = f"pkg:oci/{path.rpartition('/')[2]}@{quote(digest, safe='')}?repository_url={path}"
    return _component(
        "container",
        path,
        tag or digest,
        f"base:{base.name}",
        purl=(purl + (f"&tag={tag}" if tag else "")) if digest else "",
        hashes=_hashes(digest),
    )


def _component(kind: str, name: str, version: str, ref: str, **more: Any) -> dict[str, Any]:
    """A component, without what is empty."""
    given = {"type": kind, "bom-ref": ref, "name": name, "version": version} | more
    return {key: value for key, value in given.items() if value}


def _hashes(digest: str) -> list[dict[str, str]]:
    match = DIGEST.fullmatch(digest)
    return [{"alg": "SHA-256", "content": match[1]}] if match else []


def _licences(expression: str = "", text: str = "") -> list[dict[str, Any]]:
    if expression:
        return [{"expression": expression}]
    if text in SPDX:
        return [{"license": {"id": SPDX[text]}}]
    return [{"license": {"name": text}}] if text else []
