"""`make image STAGE=dev`: build a stage's image, and say what is in it. The last line is its name.

python -m tools.image.build --stage dev [--engine podman]

Asked for in the environment, as make hands its variables on: BASE, another base image; TAG,
another tag; PULL=1, the newest base that the registry has.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import platform
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import ROOT, assets, files, refusals, stages
from tools.deploy import extras
from tools.deploy.extras import Extra
from tools.image import archive, finding, lock, pip_settings, sbom, sizes, source, tags
from tools.image.archive import Archive
from tools.image.engines import Engine
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage

BASE = "public.ecr.aws/lambda/python"
PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}


@dataclass(frozen=True)
class Image:
    """What was built."""

    reference: str  # its name here: <app>-<stage>:<tag>
    id: str  # sha256:...
    tag: str  # the commit, or the commit with the image's id where the source is not committed
    engine: Engine
    sbom: Path  # CycloneDX, JSON
    base: str
    layers: dict[str, int]  # bytes of ours, compressed, from the lower to the upper
    features: dict[Extra, int]  # of these, what one feature alone needs


def build(stage: Stage, root: Path = ROOT, engine: str = "", show: Show = print) -> Image:
    """Build the image of a stage. Raises Refusal."""
    asked = tags.asked()
    if line := lock.stale(root):
        raise Refusal(line)
    with _folder(root / ".local/image" / stage.name, show) as folder:
        found = finding.found(engine)
        assets.ready(stage, root, show)
        name, base = stage.stack.lower(), base_of(stage, root)
        show(f"Base image: {base} ({target(stage)}), by {found.name}.")
        digest = found.base(base, target(stage), newest=bool(os.environ.get("PULL")))
        show("Building, with what pip fetches: up to a minute, a few seconds from the second time.")
        image_id, held = _built(found, stage, root, sbom.Base(base, digest), folder)
        check_platform(target(stage), base, held)
        tag = asked or tags.of(root, image_id)
        found.tag(image_id, f"{name}:{tag}")
        layers = {layer.title: layer.size for layer in held.layers}
        features = {extra: sizes.of(extra, held, stage) for extra in extras.extras(root)}
        made = Image(
            f"{name}:{tag}", image_id, tag, found, folder / "sbom.json", base, layers, features
        )
        _note(made, held, sbom.Base(base, digest), folder)
        return made


def _built(
    engine: Engine, stage: Stage, root: Path, base: sbom.Base, folder: Path
) -> tuple[str, Archive]:
    """The id of an image that is made in this folder, and what it holds."""
    context = source.copied(stage, root, folder / "context")
    arguments = labels(stage, root) | {"BASE": base.name, "BASE_DIGEST": base.digest}
    source.label(context / "Dockerfile", arguments)
    with tempfile.TemporaryDirectory(dir=folder) as own:
        image_id = engine.build(
            context,
            f"{stage.stack.lower()}:{tags.LATEST}",
            platform=target(stage),
            arguments=arguments,
            secrets=pip_settings.secrets(Path(own)),
            log=folder / "build.log",
        )
        # By its id: another clone may move the name.
        held = saved(engine, image_id, Path(own, "image.tar"))
    shutil.rmtree(context)
    return image_id, held


def target(stage: Stage) -> str:
    """The platform of a stage's images; on stage local it is this machine's own."""
    machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return PLATFORMS[
        machine if stage.name == "local" and machine in PLATFORMS else stage.architecture
    ]


def base_of(stage: Stage, root: Path) -> str:
    """The base image: the one asked for, else the Dockerfile's if pinned, else the stage's."""
    return os.environ.get("BASE") or source.base(root) or f"{BASE}:{stage.python}"


def check_platform(wanted: str, base: str, held: Archive) -> None:
    """Refuse what was built on a base image that has no other platform than another."""
    made = f"linux/{held.config['architecture']}"
    if made != wanted:
        raise Refusal(
            f"The base image {base} is for {made}, and lambda_architecture of "
            f".chalice/config.json wants {wanted}: BASE= names another."
        )


def labels(stage: Stage, root: Path) -> dict[str, str]:
    """What the Dockerfile's labels are made from: nothing that differs between two clones."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return {
        "TITLE": stage.app,
        "VERSION": project["version"],
        "LICENSES": project.get("license", ""),
        "REVISION": source.revision(root),
        "SOURCE": source.url(root),
    }


def saved(engine: Engine, reference: str, file: Path) -> Archive:
    """What an image holds, by an archive of it that is deleted again."""
    engine.save(reference, file)
    try:
        return archive.read(file)
    finally:
        file.unlink()


def _note(image: Image, held: Archive, base: sbom.Base, folder: Path) -> None:
    """Keep what was built: sbom.json, and image.json."""
    packages = json.loads(held.read(sizes.PACKAGES))
    name = image.reference.partition(":")[0]
    labelled = held.config["config"].get("Labels") or {}
    listed = sbom.document(name, image.tag, image.id, base, held.layers[-1], packages, labelled)
    files.replace(image.sbom, json.dumps(listed, indent=2) + "\n")
    told = {
        "reference": image.reference,
        "id": image.id,
        "engine": image.engine.name,
        "base": base.name,
        "base_digest": base.digest,
        "bytes": image.layers,
        "bytes_of_features": {extra.title: size for extra, size in image.features.items()},
    }
    files.replace(folder / "image.json", json.dumps(told, indent=2) + "\n")


@contextmanager
def _folder(folder: Path, show: Show) -> Iterator[Path]:
    """The folder of a stage's image, for one build at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            show(f"Another build of stage {folder.name} is running in this clone: waiting for it.")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield folder


def told(image: Image) -> list[str]:
    """The lines about an image; the last is its name."""
    return [
        f"Image {image.id}",
        "Our layers, compressed:",
        *sizes.told(image.layers, image.features),
        f"What it holds (CycloneDX): {image.sbom}",
        image.reference,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="make image", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--engine", default="")
    given = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a terminal or a pipe
    print("\n".join(told(build(stages.read(given.stage), engine=given.engine))))


if __name__ == "__main__":
    refusals.ended(main)
