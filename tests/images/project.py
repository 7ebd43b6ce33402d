"""The project's own image: built once in a run of pytest, and called as Lambda calls it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clone import Clone
from tests.cloud import STACK, STAGE, deployable, python, set_beside
from tests.images.container import Container
from tests.images.environment import Environment, lambda_variables
from tests.images.front import Event, serving
from tests.images.pool import Pool
from tests.images.store import Store, locked

MOST = 4  # environments at once: more would only wait for two cores


def image(store: Store) -> str:
    """The name of the image in the store. The first process of a run that asks builds it."""
    note = store.folder / "project"
    with locked(store.folder / "build.lock"):
        if not note.exists():
            clone = deployable(store.folder / "clone")
            set_beside(clone)
            note.write_text(build(store, clone))
    return note.read_text()


def build(store: Store, clone: Clone) -> str:
    """`make image STAGE=dev ENGINE=buildah` in a clone; gives its last line."""
    command = [*python(clone), "tools.image.build", "--stage", STAGE, "--engine", "buildah"]
    done = clone.run(*command, **store.environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout.splitlines()[-1]


def variables(clone: Path) -> dict[str, str]:
    """What the stage sets for its function: AUTH=none, as a deployed stage has to ask for it."""
    config = json.loads((clone / ".chalice/config.json").read_text())
    own: dict[str, str] = config["stages"][STAGE]["environment_variables"]
    return {**config["environment_variables"], **own}


@contextmanager
def called(store: Store, folder: Path, event: Event, **given: str) -> Iterator[str]:
    """The image's entry point behind such events; gives the base URL. `given` adds variables."""
    container = Container(store, image(store))
    names = lambda_variables(f"{STACK}-image") | variables(store.folder / "clone") | given
    with (
        Pool(lambda: Environment(container, names, folder), MOST) as pool,
        serving(pool.invoke, event) as url,
    ):
        yield url
    container.remove()
